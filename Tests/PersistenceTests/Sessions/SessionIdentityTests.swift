import Crypto
import Domain
import Foundation
import Persistence
import Support
import Testing

/// What a check tells of a user stands with each of his sessions (docs/adr/0025).
@Suite struct SessionIdentityTests {
    private static let ada = User.named("ada", username: "ada")

    @Test func `every change of a user is told by the next check, and costs it one statement`() throws {
        try withStore { store throws in
            let (ada, other) = (Self.ada, User.named("other"))
            for user in [ada, other] { _ = try store.insert(user) }
            try store.lookAtTriggers(at: .test)
            for session in [Session.of(ada, 1), .of(ada, 2), .of(other, 3)] { try store.insert(session) }
            #expect(try store.told(1) == "active ada@example.org unproved ada ada user")

            #expect(try store.noteProof(of: ada.email, by: ada.id, at: .test))
            #expect(try store.told(1) == "active ada@example.org proved ada ada user")
            try store.changeProfile(of: ada.id, name: .set("Ada Ö. \u{1F600}"), picture: .keep, at: .test)
            #expect(try store.told(1) == "active ada@example.org proved ada Ada Ö. \u{1F600} user")
            try store.changeProfile(of: ada.id, name: .set("ada ö. \u{1F600}"), picture: .keep, at: .test)
            #expect(try store.told(1) == "active ada@example.org proved ada ada ö. \u{1F600} user")
            try store.changeProfile(of: ada.id, name: .clear, picture: .keep, at: .test)
            #expect(try store.told(1) == "active ada@example.org proved ada - user")
            #expect(try store.rename(ada.id, to: Username(stored: "lovelace"), at: .test))
            #expect(try store.told(1) == "active ada@example.org proved lovelace - user")
            #expect(try store.rename(ada.id, to: nil, at: .test))
            #expect(try store.told(1) == "active ada@example.org proved - - user")
            let address = EmailAddress(storedText: "Countess@example.org", key: "countess@example.org")
            #expect(try store.setEmail(address, of: ada.id, verifiedAt: .test, at: .test))
            #expect(try store.told(1) == "active Countess@example.org proved - - user")
            try store.setDisabled(true, ada.id, at: .test)
            #expect(try store.told(1) == "inactive Countess@example.org proved - - user")
            try store.markDeleted(ada.id, at: .test)
            try store.setDisabled(false, ada.id, at: .test)
            #expect(try store.told(1) == "inactive Countess@example.org proved - - user")
            try store.clearDeletion(of: ada.id, at: .test)
            #expect(try store.told(1) == "active Countess@example.org proved - - user")

            #expect(try store.told(2) == "active Countess@example.org proved - - user")
            #expect(try store.told(3) == "active other@example.org unproved - other user")
            let before = store.roundTrips
            _ = try store.told(2)
            #expect(store.roundTrips == before + 1)
        }
    }

    /// A host gives roles by SQL of his own.
    @Test func `what somebody changes by hand is told too`() throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            _ = try store.insert(Self.ada)
            try store.insert(.of(Self.ada, 1))
            let root = try RootConnection(schema.root)
            for role in ["admin", "admin ", "Admin"] {
                try root.run("UPDATE users SET role = '\(role)'")
                #expect(try store.told(1) == "active ada@example.org unproved ada ada \(role)")
            }
            try root.run("DELETE FROM users")
            #expect(try store.told(1) == nil)
        }
    }

    @Test func `an attempt to write with a session what its user is not changes nothing`() throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            _ = try store.insert(Self.ada)
            try store.insert(.of(Self.ada, 1))
            let service = try RootConnection(schema.application)
            #expect(throws: (any Error).self) { try service.run("UPDATE sessions SET identity_role = 'admin'") }
            #expect(throws: (any Error).self) { try service.run("CALL identity_trigger_create('users_after_update')") }
            #expect(throws: (any Error).self) { try service.run("DROP TRIGGER users_after_update") }
            let forged = """
                INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at,
                    created_at, last_used_at, idle_until, expires_at, address, identity_is_active, identity_role)
                SELECT REPEAT(X'02', 32), REPEAT('i', 16), user_id, carrier, is_remembered, methods, authenticated_at,
                    created_at, last_used_at, idle_until, expires_at, address, TRUE, 'admin' FROM sessions
                """
            try service.run(forged)
            #expect(try store.told(2) == "active ada@example.org unproved ada ada user")
            // Without foreign keys his sessions would outlive him.
            try service.run("SET foreign_key_checks = 0")
            #expect(try service.rows("SELECT user_erase(id, NULL) FROM users") == [["0"]])
            #expect(try store.told(1) == "active ada@example.org unproved ada ada user")
        }
    }

    @Test func `a session that is given to somebody else by hand tells of him`() throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            let other = User.named("other")
            for user in [Self.ada, other] { _ = try store.insert(user) }
            try store.insert(.of(Self.ada, 1))
            try RootConnection(schema.root).run(
                "UPDATE sessions SET user_id = (SELECT id FROM users WHERE name = 'other')")
            #expect(try store.told(1) == "active other@example.org unproved - other user")
        }
    }

    /// Either the new session waits for the change, or the change for the new session.
    @Test(arguments: [true, false])
    func `a session that begins while its user changes tells the change`(changeIsFirst: Bool) throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            _ = try store.insert(Self.ada)
            let (first, second) = (try RootConnection(schema.root), try RootConnection(schema.root))
            let change = "UPDATE users SET role = 'admin', disabled_at = NOW(6)"
            let insertion = """
                INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at,
                    created_at, last_used_at, idle_until, expires_at, address)
                SELECT REPEAT(X'01', 32), REPEAT('i', 16), id, 'cookie', 0, 'pwd', created_at, created_at, created_at,
                    created_at, created_at, REPEAT('a', 16) FROM users
                """
            try first.run("START TRANSACTION")
            try first.run(changeIsFirst ? change : insertion)
            let number = try #require(try second.rows("SELECT CONNECTION_ID()").first?.first ?? nil)
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                try? second.run(changeIsFirst ? insertion : change)
                done.signal()
            }
            let watcher = try RootConnection(schema.root)
            let waits = """
                SELECT COUNT(*) FROM information_schema.PROCESSLIST
                WHERE id = \(number) AND command = 'Query' AND time_ms > 100
                """
            #expect(try eventually { try watcher.rows(waits) == [["1"]] }, "it did not wait")
            try first.run("COMMIT")
            #expect(done.wait(timeout: .now() + 30) == .success)
            #expect(try store.told(1) == "inactive ada@example.org unproved ada ada admin")
        }
    }

    @Test func `a session from before is told of its user, and with its next use from one table`() throws {
        try withSchema(migrated: false) { schema throws in
            _ = try Migrator(
                settings: schema.migratorAccount, application: schema.name,
                migrations: Array(Migrations.all.prefix(5))
            ).run { _, _ in }
            let root = try RootConnection(schema.root)
            try root.run(
                """
                INSERT INTO users (id, email, email_key, erasure_salt, created_at, updated_at)
                VALUES (REPEAT('u', 16), 'ada@example.org', 'ada@example.org', REPEAT('s', 16), NOW(), NOW())
                """)
            try root.run(
                """
                INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at,
                    created_at, last_used_at, idle_until, expires_at, address)
                SELECT REPEAT(X'01', 32), REPEAT('i', 16), id, 'cookie', 0, 'pwd', created_at, created_at, '2001-01-01',
                    created_at, created_at, REPEAT('a', 16) FROM users
                """)
            _ = try schema.migrator.run { _, _ in }
            var store = try schema.trustingStore()
            #expect(try store.told(1) == "active ada@example.org unproved - - user")
            try root.run("UPDATE users SET disabled_at = NULL, last_sign_in_at = NOW()")
            let before = store.roundTrips
            _ = try store.told(1)
            #expect(store.roundTrips == before + 2)
            store.noteUse(of: .filled(1), at: .test, idleUntil: .test + .days(1))
            try store.settleUses(at: .test, all: true)
            let after = store.roundTrips
            #expect(try store.told(1) == "active ada@example.org unproved - - user")
            #expect(store.roundTrips == after + 1)
        }
    }
}

/// A dump without its triggers, or somebody who dropped one: what sessions tell cannot be trusted any more.
@Suite struct SessionIdentityTriggerTests {
    @Test(arguments: ["sessions_before_insert", "sessions_before_update", "users_after_update"])
    func `a schema that lacks a trigger is refused until migrate has made it, and no old copy is told`(
        name: String
    ) throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            let ada = User.named("ada")
            _ = try store.insert(ada)
            try store.insert(.of(ada, 1))
            let root = try RootConnection(schema.root)
            try root.run("DROP TRIGGER \(name)")
            try root.run("UPDATE users SET role = 'changed'")
            do {
                try store.ping()
                Issue.record("it worked")
            } catch Failure.fault(let fault) {
                #expect(fault.summary.contains("triggers"))
                #expect(fault.summary.contains("run `authfcgi migrate`"))
            }
            #expect(try schema.migrator.plan().map(\.name) == ["identities"])
            #expect(try schema.migrator.run { _, _ in }.map(\.name) == ["identities"])
            #expect(try schema.migrator.plan().isEmpty)
            try store.ping()
            #expect(try store.told(1) == "active ada@example.org unproved - ada changed")
            try root.run("UPDATE users SET role = 'again'")
            #expect(try store.told(1) == "active ada@example.org unproved - ada again")
        }
    }

    /// A dump has the triggers as they were written, and may be loaded under another name.
    @Test func `the triggers of one schema do their work in another`() throws {
        try withSchema { one throws in
            try withSchema { other throws in
                let (from, into) = (try RootConnection(one.root), try RootConnection(other.root))
                for name in ["sessions_before_insert", "sessions_before_update", "users_after_update"] {
                    let text = try #require(try from.rows("SHOW CREATE TRIGGER \(name)").first?[2])
                    #expect(!text.contains("`\(one.name)`."))
                    try into.run("DROP TRIGGER \(name)")
                    try into.run(text.replacing("\(one.name)_owner", with: "\(other.name)_owner"))
                }
                var store = try other.trustingStore()
                try store.ping()
                let ada = User.named("ada")
                _ = try store.insert(ada)
                try store.insert(.of(ada, 1))
                try store.setDisabled(true, ada.id, at: .test)
                #expect(try store.told(1) == "inactive ada@example.org unproved - ada user")
            }
        }
    }

    @Test func `a trigger that may not act does not stand`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.ping()
            try RootConnection(schema.root).run(
                "CREATE OR REPLACE TRIGGER users_after_update AFTER UPDATE ON users FOR EACH ROW SET @x = 1")
            #expect(code { try store.ping() } == "database_unavailable")
            _ = try schema.migrator.run { _, _ in }
            try store.ping()
        }
    }

    @Test func `who serves on while a trigger is missing asks the user, from the next look on`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let ada = User.named("ada")
            _ = try store.insert(ada)
            try store.insert(.of(ada, 1))
            let root = try RootConnection(schema.root)
            store.startTrace()
            _ = try store.told(1)
            try store.lookAtTriggers(at: .test)
            _ = try store.told(1)
            try root.run("DROP TRIGGER users_after_update")
            try root.run("UPDATE users SET role = 'changed'")
            try store.lookAtTriggers(at: .test + .seconds(59))
            #expect(try store.told(1) == "active ada@example.org unproved - ada user")
            try store.lookAtTriggers(at: .test + .seconds(60))
            #expect(try store.told(1) == "active ada@example.org unproved - ada changed")
            let tables = store.takeTrace().filter { $0.contains("FROM sessions") }.map { $0.contains("JOIN users") }
            #expect(tables == [true, false, false, true])
            // A clock that was set back looks as well.
            _ = try schema.migrator.run { _, _ in }
            try store.lookAtTriggers(at: .test)
            #expect(try store.told(1) == "active ada@example.org unproved - ada changed")
        }
    }

    @Test func `a mending that gave up in its middle leaves no old copy that is told`() throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            let ada = User.named("ada")
            _ = try store.insert(ada)
            try store.insert(.of(ada, 1))
            let root = try RootConnection(schema.root)
            try root.run("DROP TRIGGER users_after_update")
            try root.run("UPDATE users SET role = 'changed'")
            let reader = try RootConnection(schema.root)
            try reader.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            _ = try reader.rows("SELECT COUNT(*) FROM sessions")
            let hasty = Migrator(
                settings: schema.migratorAccount, application: schema.name, patience: .milliseconds(100))
            #expect(throws: Failure.self) { try hasty.run { _, _ in } }
            try store.lookAtTriggers(at: .test + .minutes(1))
            #expect(try store.told(1) == "active ada@example.org unproved - ada changed")
            try reader.run("COMMIT")
            #expect(try schema.migrator.run { _, _ in }.map(\.version) == [6])
            try store.lookAtTriggers(at: .test + .minutes(2))
            #expect(try store.told(1) == "active ada@example.org unproved - ada changed")
        }
    }

    @Test func `a migration says which routine root has to make first`() throws {
        try withSchema(migrated: false) { schema throws in
            try RootConnection(schema.root).run("DROP PROCEDURE identity_trigger_create")
            do {
                _ = try schema.migrator.run { _, _ in }
                Issue.record("it worked")
            } catch Failure.fault(let fault) {
                #expect(fault.summary.contains("lacks identity_trigger_create: run `authfcgi init-db | mariadb`"))
            }
        }
    }
}
