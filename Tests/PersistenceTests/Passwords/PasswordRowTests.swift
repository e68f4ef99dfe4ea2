import Crypto
import Domain
import Persistence
import Support
import Testing

/// Security 0.8: whoever can make the application's account run any SQL neither reads nor sets a password.
@Suite struct PasswordRowTests {
    @Test func `a password is created once and matches only itself`() throws {
        try withStore { store throws in
            let ann = User.named("ann")
            #expect(try store.insert(ann) == .inserted)
            #expect(try store.candidate(withID: ann.id, from: .filled(1)).parameters == nil)
            #expect(try store.createPassword(.filled(1), of: ann.id))
            #expect(try !store.createPassword(.filled(2), of: ann.id))
            #expect(try store.password(of: ann.id, matches: .filled(1)))
            #expect(try !store.password(of: ann.id, matches: .filled(2)))
            #expect(try !store.password(of: nil, matches: .filled(1)))
            #expect(
                try store.candidate(for: SignInIdentifier("ann@example.org"), from: .filled(1)).parameters
                    == PasswordDigest.filled(1).parameters)
        }
    }

    @Test func `a password is replaced only by who knows the current one`() throws {
        try withStore { store throws in
            let ann = User.named("ann")
            _ = try store.insert(ann)
            _ = try store.createPassword(.filled(1), of: ann.id)
            #expect(try !store.replacePassword(of: ann.id, current: .filled(9), with: .filled(2), at: .test))
            #expect(try store.password(of: ann.id, matches: .filled(1)))
            #expect(try store.replacePassword(of: ann.id, current: .filled(1), with: .filled(2), at: .test))
            #expect(try store.password(of: ann.id, matches: .filled(2)))
        }
    }

    @Test func `a user of more than a minute ago gets no first password, whatever the session says the time is`() throws
    {
        try withSchema { schema throws in
            var store = schema.store()
            let ann = User.named("ann")
            _ = try store.insert(ann)
            try RootConnection(schema.root).run("UPDATE users SET inserted_at = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND")
            #expect(try !store.createPassword(.filled(1), of: ann.id))
            let intruder = try RootConnection(schema.application)
            let create = """
                SELECT password_create((SELECT id FROM users), 1, 8, REPEAT('s', 16), 1, REPEAT('d', 32))
                """
            for zone in ["+00:00", "-12:59", "+13:00"] {
                try intruder.run("SET time_zone = '\(zone)', timestamp = UNIX_TIMESTAMP('2001-01-01')")
                #expect(try intruder.rows(create) == [["0"]], "\(zone)")
            }
        }
    }

    @Test(arguments: [
        "SELECT * FROM password_hashes", "SELECT digest FROM password_hashes WHERE user_id = REPEAT(X'00', 16)",
        "UPDATE password_hashes SET digest = REPEAT('x', 32)",
        "INSERT INTO password_hashes VALUES (REPEAT('u', 16), 1, 8, REPEAT('s', 16), 1, REPEAT('d', 32), NOW())",
        "DELETE FROM password_hashes", "DELETE FROM audit_events", "DELETE FROM audit_refusals",
        "UPDATE audit_events SET actor = 'x'",
        "TRUNCATE users", "DROP TABLE users", "DELETE FROM users", "ALTER TABLE users ADD x INT",
        "CREATE TABLE x (y INT)", "CREATE FUNCTION x() RETURNS INT RETURN 1", "DELETE FROM schema_migrations",
    ])
    func `the application's account is denied`(statement: String) throws {
        let schema = try TestSchema.reading()
        let application = try RootConnection(schema.application)
        let error = #expect(throws: (any Error).self) { try application.run(statement) }
        #expect(
            ["1142", "1044", "1370"].contains { String(describing: error).contains("code: \($0)") },
            "\(String(describing: error))")
    }

    @Test(arguments: ["id", "created_at", "erasure_salt", "legacy_id", "inserted_at"])
    func `the application's account does not change`(column: String) throws {
        let schema = try TestSchema.reading()
        let application = try RootConnection(schema.application)
        let error = #expect(throws: (any Error).self) { try application.run("UPDATE users SET \(column) = DEFAULT") }
        #expect(String(describing: error).contains("code: 1143"))
    }

    @Test func `an operator sets a password without the current one, the service cannot`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let ann = User.named("ann")
            _ = try store.insert(ann)
            #expect(code { try store.overridePassword(.filled(1), of: ann.id, at: .test) } == "defect")
            var operatorStore = schema.operatorStore()
            try operatorStore.overridePassword(.filled(2), of: ann.id, at: .test)
            #expect(try store.password(of: ann.id, matches: .filled(2)))
        }
    }

    @Test func `nobody signs in as the owner`() throws {
        let schema = try TestSchema.reading()
        var owner = schema.application
        owner.user = schema.name + "_owner"
        owner.password = nil
        #expect(throws: (any Error).self) { _ = try RootConnection(owner) }
    }
}
