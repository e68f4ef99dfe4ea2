import Domain
import Persistence
import Support
import Testing

@Suite struct MigratorTests {
    @Test func `the second run has nothing to do`() throws {
        try withSchema(migrated: false) { schema throws in
            #expect(try schema.migrator.plan().map(\.version) == [1, 2, 3, 4, 5, 6])
            var statements = 0
            #expect(try schema.migrator.run { _, _ in statements += 1 }.map(\.version) == [1, 2, 3, 4, 5, 6])
            #expect(statements > 10)
            #expect(try schema.migrator.plan().isEmpty)
            #expect(try schema.migrator.run { _, _ in Issue.record("a statement ran") }.isEmpty)
        }
    }

    @Test func `an interrupted migration is run again from its start`() throws {
        try withSchema { schema throws in
            try RootConnection(schema.root).run("DELETE FROM schema_migrations")
            #expect(try schema.migrator.run { _, _ in }.map(\.version) == [1, 2, 3, 4, 5, 6])
            var store = schema.store()
            try store.ping()
        }
    }

    @Test(arguments: [
        ("DELETE FROM schema_migrations", "version 0, this program needs 6: run `authfcgi migrate`"),
        ("DROP TABLE schema_migrations", "version 0, this program needs 6: run `authfcgi migrate`"),
        ("DELETE FROM schema_migrations WHERE version > 5", "version 5, this program needs 6: run `authfcgi migrate`"),
        (
            "INSERT INTO schema_migrations SELECT 7, 'next', checksum, applied_at, 7 FROM schema_migrations LIMIT 1",
            "version 7 and wants programs for 7 or newer, this one is for 6: it is older than its database"
        ),
    ])
    func `a store refuses another schema and says what to do`(change: String, message: String) throws {
        try withSchema { schema throws in
            try RootConnection(schema.root).run(change)
            var store = schema.store()
            do {
                try store.ping()
                Issue.record("it worked")
            } catch Failure.fault(let fault) {
                #expect(fault.summary.contains(message))
            }
        }
    }

    @Test(arguments: ["version = 7, oldest_program = 7 WHERE version = 6", "checksum = REPEAT('x', 32)"])
    func `the migrator refuses what it does not know`(change: String) throws {
        try withSchema { schema throws in
            try RootConnection(schema.root).run("UPDATE schema_migrations SET \(change)")
            #expect(throws: Failure.self) { try schema.migrator.plan() }
            #expect(throws: Failure.self) { try schema.migrator.run { _, _ in } }
        }
    }

    @Test func `a second migrator is refused while the first is at work`() throws {
        try withSchema(migrated: false) { schema throws in
            var second: String?
            try schema.migrator.run { _, _ in
                if second == nil { second = code { try schema.migrator.run { _, _ in } } ?? "ran" }
            }
            #expect(second == "database_unavailable")
        }
    }

    @Test func `a name that could change a statement is refused`() {
        let script = GrantScript(database: "a`; DROP", application: "a", migrator: "b", owner: "c")
        #expect(throws: Failure.self) {
            try script.render(applicationPassword: "long-enough-1".secret, migratorPassword: "long-enough-2".secret)
        }
    }
}
