import Foundation
import Persistence
import Support
import Testing

/// Reliability R20: an upgrade of the schema while people use the site, and the reload that follows.
@Suite struct MigrationTrafficTests {
    @Test func `a migration and a reload under load fail no request`() throws {
        let own = try OwnService(settings: Stack.roomySettings)
        let generation = try own.start().generation
        let load = try LoadClient(
            port: try own.startWeb().port, plan: LoadPlan(connections: 3, rate: 40, mix: .writing))
        let version = Migrations.needed + 1
        let next = Migration(
            version: version, name: "next", oldestProgram: Migrations.needed,
            text: """
                ALTER TABLE users ADD COLUMN IF NOT EXISTS next INT UNSIGNED NULL, ALGORITHM = INSTANT;
                ALTER TABLE sessions ADD INDEX IF NOT EXISTS next (last_used_at), ALGORITHM = INPLACE, LOCK = NONE;
                ALTER TABLE audit_events ADD INDEX IF NOT EXISTS next (event), ALGORITHM = INPLACE, LOCK = NONE;
                """)
        let migrator = Migrator(settings: own.root, application: own.database, migrations: Migrations.all + [next])
        var took = Duration.zero
        let log = try load.run {
            pause(seconds: 1)
            let start = ContinuousClock.now
            try migrator.run { _, _ in }
            took = .now - start
            pause(seconds: 0.5)
            // Workers of the same program, which connect anew and find the newer schema.
            kill(try own.service.status().pid, SIGHUP)
            _ = try own.service.settledStatus(of: generation + 1)
            pause(seconds: 1)
        }
        #expect(log.failures.isEmpty, "\(log.failures)")
        #expect(log.summary().requests > 30)
        var checker = try LoadChecker(own.root)
        #expect(try checker.verdict(on: log).breaches == [])
        #expect(try own.service.pool("web").send("GET", "/auth/readyz").status == 200)
        let longest = log.entries.map(\.duration).max() ?? .zero
        print(
            "migrated under load in \(Int(took.milliseconds)) ms: \(log.summary()), longest \(longest.milliseconds) ms")
    }
}
