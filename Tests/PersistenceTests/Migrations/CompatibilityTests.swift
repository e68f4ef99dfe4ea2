import Domain
import Foundation
import Persistence
import Support
import Synchronization
import Testing

/// Reliability R20: the program of one version works on the schema of the next, while that is made and afterwards.
@Suite struct CompatibilityTests {
    private func next(_ text: String, oldestProgram: Int = Migrations.needed) -> [Migration] {
        let version = Migrations.needed + 1
        return Migrations.all + [
            Migration(version: version, name: "next", oldestProgram: oldestProgram, text: text)
        ]
    }

    private func migrator(_ schema: TestSchema, _ migrations: [Migration], patience: Duration = .seconds(30))
        -> Migrator
    {
        Migrator(
            settings: schema.migratorAccount, application: schema.name, migrations: migrations, patience: patience)
    }

    private static let harmless = """
        ALTER TABLE users ADD COLUMN IF NOT EXISTS next INT UNSIGNED NULL, ALGORITHM = INSTANT;
        CREATE TABLE IF NOT EXISTS next (id INT NOT NULL PRIMARY KEY) ENGINE = InnoDB;
        GRANT SELECT ON next TO {application};
        ALTER TABLE users ADD INDEX IF NOT EXISTS next (next), ALGORITHM = INPLACE, LOCK = NONE;
        """

    @Test func `a migration that older programs can live with fails no statement of theirs`() throws {
        try withSchema { schema throws in
            let traffic = Traffic(on: schema, threads: 3)
            traffic.awaitTransactions(30)
            #expect(try migrator(schema, next(Self.harmless)).run { _, _ in }.count == 1)
            traffic.awaitTransactions(200)
            #expect(traffic.stop() == [])
            // The older program's own `migrate` has nothing to do either.
            #expect(try schema.migrator.run { _, _ in }.isEmpty)
        }
    }

    @Test func `a migration that older programs cannot live with ends their readiness at once`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.ping()
            _ = try migrator(schema, next(Self.harmless, oldestProgram: Migrations.needed + 1)).run { _, _ in }
            #expect(code { try store.ping() } == "database_unavailable")
            #expect(code { _ = try schema.migrator.plan() } == "database_unavailable")
        }
    }

    @Test func `a migration that was interrupted in its middle goes on`() throws {
        try withSchema { schema throws in
            let text = Self.harmless + "\nINSERT IGNORE INTO next SELECT id FROM missing;\n"
            #expect(throws: Failure.self) { try migrator(schema, next(text)).run { _, _ in } }
            var store = schema.store()
            try store.ping()
            try RootConnection(schema.root).run("CREATE TABLE missing AS SELECT 7 AS id")
            #expect(try migrator(schema, next(text)).run { _, _ in }.count == 1)
            #expect(try RootConnection(schema.root).rows("SELECT id FROM next") == [["7"]])
        }
    }

    @Test func `a migration waits for a table without barring it to others, and says what to do`() throws {
        try withSchema { schema throws in
            let reader = try RootConnection(schema.root)
            try reader.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            _ = try reader.rows("SELECT COUNT(*) FROM users")
            let traffic = Traffic(on: schema, threads: 2)
            traffic.awaitTransactions(10)
            var said: [String] = []
            do {
                try migrator(schema, next(Self.harmless), patience: .seconds(1)).run { _, text in said.append(text) }
                Issue.record("it did not wait")
            } catch Failure.fault(let fault) {
                #expect(fault.summary.contains("run `authfcgi migrate` again"))
            }
            #expect(traffic.stop() == [])
            #expect(said.contains { $0.contains("waiting") })
            #expect(traffic.longest < .milliseconds(900), "somebody waited behind the migration")
            try reader.run("COMMIT")
            #expect(try migrator(schema, next(Self.harmless)).run { _, _ in }.count == 1)
        }
    }

    /// What rebuilds a table, or locks it, has no place beside traffic; the server refuses what it cannot do so.
    @Test func `every change of a table says how it is made without a lock`() {
        for migration in Migrations.all.dropFirst() {
            for statement in migration.text.split(separator: ";") where statement.contains("ALTER TABLE") {
                let isHarmless = ["ALGORITHM = INSTANT", "ALGORITHM = NOCOPY", "LOCK = NONE"].contains {
                    statement.contains($0)
                }
                #expect(isHarmless, "\(migration.version): \(statement)")
            }
        }
    }
}

/// Workers of the older program: transactions and reads in threads, through connections that are made anew now and then.
private final class Traffic: Sendable {
    private struct Tally {
        var transactions = 0
        var failures: [String] = []
        var longest = Duration.zero
        var isOver = false
    }

    private let tally = Mutex(Tally())
    private let running = DispatchGroup()

    init(on schema: TestSchema, threads: Int) {
        for number in 0..<threads {
            running.enter()
            Thread.detachNewThread { [self] in
                var store = schema.store()
                var round = 0
                while !tally.withLock(\.isOver) {
                    round += 1
                    if round % 50 == 0 { store = schema.store() }
                    let start = ContinuousClock.now
                    let failure = code { try Traffic.work("\(number)-\(round)", &store) }
                    let time = ContinuousClock.now - start
                    tally.withLock { tally in
                        tally.transactions += 1
                        tally.longest = max(tally.longest, time)
                        if let failure { tally.failures.append(failure) }
                    }
                    // Where nobody ever rests, a migration finds no moment for its table, as it says.
                    usleep(2_000)
                }
                running.leave()
            }
        }
    }

    private static func work(_ name: String, _ store: inout Store) throws {
        let user = User.named("user\(name)", username: "u\(name)")
        try store.atomically { tx throws(Failure) in
            _ = try tx.insert(user)
            try tx.setDisabled(true, user.id, at: .test)
        }
        _ = try store.user(withEmail: user.email)
    }

    func awaitTransactions(_ count: Int) {
        let before = tally.withLock(\.transactions)
        while tally.withLock(\.transactions) < before + count { usleep(1000) }
    }

    /// The failures.
    func stop() -> [String] {
        tally.withLock { $0.isOver = true }
        running.wait()
        return tally.withLock(\.failures)
    }

    var longest: Duration { tally.withLock(\.longest) }
}
