import Support
import Testing

/// The instrument itself: traffic without a fault leaves nothing to complain of, and each kind of damage is found.
@Suite struct LoadCheckerTests {
    @Test func `a load without a fault is answered, and the database holds what was acknowledged`() throws {
        let own = try OwnService(settings: Stack.roomySettings)
        try own.start()
        // Who has not proved his address gets no notices.
        try RootConnection(own.root).run(
            "CREATE TRIGGER proved BEFORE INSERT ON users FOR EACH ROW SET NEW.email_verified_at = NEW.created_at")
        let load = try LoadClient(
            port: try own.startWeb().port, plan: LoadPlan(connections: 3, rate: 40, mix: .writing))
        let log = load.run { pause(seconds: 4) }
        #expect(log.failures.isEmpty)
        #expect(log.summary().requests > 40)
        #expect(Set(log.entries.map(\.kind)) == Set(LoadKind.allCases))

        var checker = try LoadChecker(own.root)
        let verdict = try checker.verdict(on: log)
        #expect(verdict.breaches == [])
        #expect(verdict.acknowledged == log.entries.count { $0.act != nil })
        #expect(verdict.happenedUnseen == 0 && verdict.auditGaps == 0)
        try expectEachDamageIsFound(own, log)
    }

    private static let damages = [
        ("users without a password", "DELETE FROM password_hashes WHERE user_id = UNHEX('@')"),
        ("without one event of their registration", "DELETE FROM audit_events WHERE event = 'user.registered' LIMIT 1"),
        ("sessions without one event", "UPDATE sessions SET id = UNHEX(MD5('x')) WHERE user_id = UNHEX('@') LIMIT 1"),
        ("user.profile_changed", "DELETE FROM audit_events WHERE event = 'user.profile_changed' LIMIT 1"),
        ("is called Nobody", "UPDATE users SET name = 'Nobody' WHERE id = UNHEX('@')"),
        ("no session", "DELETE FROM sessions WHERE user_id = UNHEX('#')"),
        ("acknowledged, but not there", "UPDATE users SET email = 'stranger' WHERE id = UNHEX('#')"),
        ("without their notice", "DELETE FROM outbox_messages WHERE template = 'password_changed' LIMIT 1"),
    ]

    /// `@` is somebody who was there from the beginning, `#` somebody who registered under load.
    private func expectEachDamageIsFound(_ own: OwnService, _ log: LoadLog) throws {
        let root = try RootConnection(own.root)
        let first = try #require(log.people.first).user.filter { $0 != "-" }
        let registered = log.entries.compactMap { entry -> String? in
            if case .registration(let user?, _)? = entry.act { user.filter { $0 != "-" } } else { nil }
        }
        let last = try #require(registered.last)
        for (expected, damage) in Self.damages {
            let sql = damage.replacing("@", with: first).replacing("#", with: last)
            try root.run(sql)
            var checker = try LoadChecker(own.root)
            let breaches = try checker.verdict(on: log).breaches
            #expect(breaches.contains { $0.contains(expected) }, "\(damage) was not found in \(breaches)")
        }
    }
}
