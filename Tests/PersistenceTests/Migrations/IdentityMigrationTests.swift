import Foundation
import Persistence
import Support
import Synchronization
import Testing

/// Reliability R20: the sixth migration, which makes triggers, beside the statements of the program before it.
@Suite struct IdentityMigrationTests {
    @Test func `sessions and users that are written meanwhile are alike afterwards, and no statement fails`() throws {
        try withSchema(migrated: false) { schema throws in
            let before = Array(Migrations.all.prefix(5))
            _ = try Migrator(settings: schema.migratorAccount, application: schema.name, migrations: before)
                .run { _, _ in }
            let writers = try (0..<3).map { try Writer(schema, $0) }
            defer { for writer in writers { _ = writer.stop() } }
            for writer in writers { writer.await(rounds: 20) }
            #expect(try schema.migrator.run { _, _ in }.map(\.version) == [6])
            for writer in writers { writer.await(rounds: 50) }
            #expect(writers.flatMap { $0.stop() } == [])
            let root = try RootConnection(schema.root)
            let count = { (condition: String) throws -> Int in
                let rows = try root.rows(
                    "SELECT COUNT(*) FROM sessions JOIN users ON users.id = user_id WHERE \(condition)")
                return Int(rows[0][0] ?? "") ?? -1
            }
            #expect(try count("identity_is_active IS NOT NULL") > 150)
            #expect(
                try count("identity_is_active IS NOT NULL AND NOT (identity_name <=> name AND identity_role = role)")
                    == 0)
        }
    }
}

/// Statements of the program before, in a thread: a person, two sessions, a change, the look at a session.
private final class Writer: Sendable {
    private struct State {
        var rounds = 0
        var isOver = false
        var failures: [String] = []
    }

    private let state = Mutex(State())
    private let over = DispatchSemaphore(value: 0)

    init(_ schema: TestSchema, _ number: Int) throws {
        let connection = try RootConnection(schema.application)
        Thread.detachNewThread { [self] in
            while !state.withLock(\.isOver) {
                let round = state.withLock(\.rounds)
                do {
                    try Self.work("\(number)x\(round)", connection)
                } catch {
                    state.withLock { $0.failures.append("\(error)") }
                }
                state.withLock { $0.rounds += 1 }
                usleep(2_000)
            }
            over.signal()
        }
    }

    private static func work(_ name: String, _ connection: RootConnection) throws {
        try connection.run("START TRANSACTION")
        try connection.run(
            """
            INSERT INTO users (id, email, email_key, name, erasure_salt, created_at, updated_at)
            VALUES (LPAD('\(name)', 16, 'u'), '\(name)', '\(name)', 'first', REPEAT('s', 16), NOW(), NOW())
            """)
        try connection.run("COMMIT")
        for place in 1...2 {
            if place == 2 { try connection.run("UPDATE users SET name = 'second' WHERE email_key = '\(name)'") }
            try connection.run(
                """
                INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at,
                    created_at, last_used_at, idle_until, expires_at, address)
                SELECT LPAD('\(name)\(place)', 32, 't'), LPAD('\(name)\(place)', 16, 'i'), id, 'cookie', 0, 'pwd', NOW(), NOW(),
                    NOW(), NOW(), NOW(), REPEAT('a', 16) FROM users WHERE email_key = '\(name)'
                """)
        }
        try connection.run("UPDATE users SET name = 'third' WHERE email_key = '\(name)'")
        _ = try connection.rows(
            "SELECT sessions.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id LIMIT 1")
    }

    func await(rounds: Int) {
        let start = state.withLock(\.rounds)
        let end = ContinuousClock.now + .seconds(60)
        while state.withLock(\.rounds) < start + rounds, .now < end { usleep(1000) }
    }

    func stop() -> [String] {
        let wasOver = state.withLock { state in
            defer { state.isOver = true }
            return state.isOver
        }
        if !wasOver { over.wait() }
        return state.withLock(\.failures)
    }
}
