import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct StoreTests {
    @Test func `a store connects and answers`() throws {
        try withStore { store throws in try store.ping() }
    }

    /// The row of a number may stand although its answer was lost; the same number again would be refused for ever.
    @Test func `a number of the audit log that was sent is never used again`() throws {
        try withSchema { schema in
            let incarnation = Random.bytes(16)
            var first = Store(settings: schema.application, keyring: .test, incarnation: incarnation, limits: .tests)
            var second = Store(settings: schema.application, keyring: .test, incarnation: incarnation, limits: .tests)
            try first.record(.test)
            #expect(throws: Failure.self) { try second.record(.test) }
            try second.record(.test)
            #expect(try second.auditEvents().count == 2)
        }
    }

    @Test func `a number that was not sent is used for the next event`() throws {
        try withSchema { schema in
            var store = schema.store(limits: .service)
            try store.record(.test)
            let root = try RootConnection(schema.root)
            try root.run("RENAME TABLE schema_migrations TO away")
            for row in try root.rows("SELECT id FROM information_schema.processlist WHERE user = '\(schema.name)'") {
                try root.run("KILL \(row[0] ?? "")")
            }
            #expect(throws: Failure.self) { try store.record(.test) }
            try root.run("RENAME TABLE away TO schema_migrations")
            _ = try? store.ping()
            while (try? store.ping()) == nil {}
            try store.record(.test)
            #expect(try root.rows("SELECT sequence FROM audit_events ORDER BY sequence") == [["1"], ["2"]])
        }
    }

    @Test func `a clock that was ahead for a moment locks nobody out`() throws {
        try withStore { store throws in
            let spending = Spending(
                bucket: Digest.sha256(of: [1]), budget: Budget(burst: 2, every: .seconds(60)))
            let now = Instant.test
            #expect(try store.spend([spending], at: now + .days(365)) == nil)
            #expect(try store.spend([spending], at: now) == .seconds(60))
            #expect(try store.spend([spending], at: now + .seconds(60)) == nil)
        }
    }
}

extension AuditEvent {
    fileprivate static var test: AuditEvent {
        let origin = Origin(address: .local, userAgent: nil, requestID: RequestID(at: .test))
        return AuditEvent(.signInFailed, by: .anonymous, from: origin, at: .test)
    }
}
