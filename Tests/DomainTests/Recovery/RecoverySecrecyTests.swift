import Crypto
import Domain
import Persistence
import Support
import Testing

/// Whoever asks for a link learns nothing about the account, and cannot flood anybody (security N3, E8).
@Suite struct `Asking for a link` {
    private static let names = ["ann", "nobody", "disabled", "deleted"]

    private func fill(_ house: House, _ store: inout Store) throws {
        for name in Self.names where name != "nobody" { try house.register(name, in: &store) }
        let found = try #require(try store.user(withUsername: Username(stored: "disabled")))
        try store.setDisabled(true, found.id, at: house.clock.now())
        let deleted = try #require(try store.user(withUsername: Username(stored: "deleted")))
        try store.markDeleted(deleted.id, at: house.clock.now())
    }

    @Test func `a known, an unknown, a disabled and a deleted address take the same statements`() throws {
        try withStore { store throws in
            let house = House()
            try fill(house, &store)
            let traces = try Self.names.map { name in
                store.startTrace()
                try house.users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store)
                return store.takeTrace()
            }
            // And a COMMIT, outside of a test.
            #expect(traces[0].count == 8, "\(traces[0])")
            for trace in traces { #expect(trace == traces[0]) }
            #expect(house.hashes.count == 3)
            let mails = try store.outbox()
            #expect(mails.map(\.template).sorted() == ["nobody", "nobody", "nobody", "recovery"])
            #expect(Set(mails.map(\.recipient)) == Set(Self.names.map { "\($0)@example.org" }))
            // Sealed, they are of one length too.
            #expect(Set(try store.payloads().map { $0?.count }).count == 1)
        }
    }

    @Test func `a repeated one takes them too`() throws {
        try withStore { store throws in
            let house = House()
            try fill(house, &store)
            var traces: [[String]] = []
            for _ in 0..<3 {
                for name in Self.names {
                    store.startTrace()
                    try house.users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store)
                    traces.append(store.takeTrace())
                }
            }
            #expect(Set(traces).count == 1)
        }
    }

    @Test func `what nobody gets opens nothing`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            try fill(house, &store)
            for name in Self.names { try house.users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store) }
            let root = try RootConnection(schema.root)
            let tokens = try root.rows(
                "SELECT COUNT(*), COUNT(DISTINCT subject_id), SUM(used_at IS NULL) FROM one_time_tokens")
            #expect(tokens == [["4", "4", "4"]])
            let known = try root.rows("SELECT COUNT(*) FROM one_time_tokens JOIN users ON id = subject_id")
            #expect(known == [["1"]])
            let working = try house.secrets("recovery_token", in: &store).filter { secret in
                refusal { () throws(Failure) in try house.users.verifyRecovery(secret, in: &store) } == nil
            }
            #expect(working.count == 1)
        }
    }

    @Test func `the audit log says who was meant, and never what was typed`() throws {
        try withStore { store throws in
            let house = House()
            try fill(house, &store)
            let before = try store.auditEvents().count
            for name in Self.names { try house.users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store) }
            let events = try store.auditEvents().dropFirst(before)
            #expect(events.map(\.event) == Array(repeating: "recovery.begun", count: 4))
            #expect(events.map { $0.subject == nil } == [false, true, false, false])
            #expect(Set(events.compactMap(\.identifier)).count == 4)
            #expect(Set(events.map(\.detail)) == ["{}"])
        }
    }

    @Test(arguments: ["ann", "nobody", "disabled", "deleted"])
    func `of a hundred requests for one address three make a mail`(name: String) throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.mailAddress = Limits.standard.mailAddress
            let house = House(limits: limits)
            try fill(house, &store)
            let codes = (0..<100).map { number in
                refusal { () throws(Failure) in
                    let origin = Origin.from([192, 0, 2, UInt8(number)])
                    let spelling = number % 2 == 0 ? name : name.uppercased()
                    try house.users.beginRecovery(of: "\(spelling)@example.org", from: origin, in: &store)
                }
            }
            #expect(codes == Array(repeating: nil, count: 3) + Array(repeating: "rate_limited", count: 97))
            #expect(try store.outbox().count == 3)
            house.clock.advance(by: .minutes(30))
            try house.users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store)
        }
    }

    @Test func `one client asks for twenty addresses and no more`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.mailClient = Limits.standard.mailClient
            let house = House(limits: limits)
            let codes = (0..<30).map { number in
                refusal { () throws(Failure) in
                    try house.users.beginRecovery(of: "user\(number)@example.org", from: .test, in: &store)
                }
            }
            #expect(codes == Array(repeating: nil, count: 20) + Array(repeating: "rate_limited", count: 10))
        }
    }

    @Test(arguments: [
        "", "ann", "ann@example.org,eve@example.org", "ann@example.org\r\nBcc: eve@example.org", "a b@x.org",
    ])
    func `what is not one address is refused before anything is asked`(text: String) throws {
        try withStore { store throws in
            let house = House()
            store.startTrace()
            let code = refusal { () throws(Failure) in
                try house.users.beginRecovery(of: text, from: .test, in: &store)
            }
            #expect(code == "invalid_email")
            #expect(store.takeTrace().isEmpty)
        }
    }
}
