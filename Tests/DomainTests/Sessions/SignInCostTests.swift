import Domain
import Persistence
import Support
import Testing

/// What a sign-in costs the database (performance F8).
@Suite struct `The cost of signing in` {
    /// The statements of an act, without what comes after their first two words.
    private func statements(
        _ store: inout Store, of act: (inout Store) throws(Failure) -> Void
    ) throws(Failure) -> [String] {
        store.startTrace()
        try act(&store)
        return store.takeTrace().map { $0.split(whereSeparator: \.isWhitespace).prefix(3).joined(separator: " ") }
    }

    /// Every change stands between the two, so that they are one durable commit.
    private func isOneCommit(_ statements: [String]) -> Bool {
        guard let start = statements.firstIndex(of: "START TRANSACTION") else { return false }
        return statements.count { $0 == "COMMIT" } == 1 && statements.last == "COMMIT"
            && statements[..<start].allSatisfy { $0.hasPrefix("SELECT") }
    }

    @Test func `a sign-in takes nine round trips and one durable commit`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            try house.register("ann", in: &store)
            try house.signIn("ann", in: &store)
            let sent = try statements(&store) { store throws(Failure) in try house.signIn("ann", in: &store) }
            #expect(sent.count == 9, "\(sent)")
            #expect(isOneCommit(sent), "\(sent)")
        }
    }

    /// Two to remember the network, two to tell the account's owner.
    @Test func `one from a new network takes thirteen round trips and one durable commit`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            try house.settle("ann", from: .from([203, 0, 113, 5]), in: &store)
            let sent = try statements(&store) { store throws(Failure) in try house.signIn("ann", in: &store) }
            #expect(sent.count == 13, "\(sent)")
            #expect(isOneCommit(sent), "\(sent)")
            let tables = sent.filter { $0.hasPrefix("INSERT") }.compactMap { $0.split(separator: " ").last }
            #expect(
                tables == [
                    "budgets", "known_networks", "sessions", "audit_events", "one_time_tokens", "outbox_messages",
                ])
        }
    }

    @Test func `a failed one takes seven, a refused one two and no commit`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            var limits = Limits.generous
            limits.network = Budget(burst: 1, every: .hours(1))
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            let guess = { (store: inout Store) throws(Failure) -> Void in
                _ = refusal { () throws(Failure) in try house.signIn("ann", "wrong but long enough", in: &store) }
            }
            let failed = try statements(&store, of: guess)
            #expect(failed.count == 7, "\(failed)")
            #expect(isOneCommit(failed), "\(failed)")
            _ = try statements(&store, of: guess)
            let refused = try statements(&store, of: guess)
            #expect(refused.count == 2 && refused.allSatisfy { $0.hasPrefix("SELECT") }, "\(refused)")
        }
    }

    @Test func `a registration takes at most eleven round trips and one durable commit`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            let sent = try statements(&store) { store throws(Failure) in try house.register("ann", in: &store) }
            #expect(sent.count <= 11, "\(sent)")
            #expect(isOneCommit(sent), "\(sent)")
        }
    }

    /// Two tries that were both admitted: the one that is late is told nothing, though its password was right.
    @Test func `a try that finds the bucket emptied meanwhile is told nothing and changes nothing`() throws {
        try withSchema { schema throws in
            var limits = Limits.generous
            limits.network = Budget(burst: 1, every: .hours(1))
            let other = House(limits: limits)
            var store = schema.store()
            try other.register("ann", in: &store)
            let house = House(limits: limits) {
                var second = schema.store()
                _ = refusal { () throws(Failure) in try other.signIn("ann", "wrong but long enough", in: &second) }
            }
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "rate_limited")
            let sessions = try RootConnection(schema.root).rows("SELECT COUNT(*) FROM sessions")
            #expect(sessions == [["1"]])
        }
    }

    @Test func `that a name is taken is told only when asking was counted`() throws {
        try withSchema { schema throws in
            var limits = Limits.generous
            limits.register.address = Budget(burst: 3, every: .hours(1))
            let house = House(limits: limits)
            var store = schema.store()
            let codes = (0..<4).map { _ in
                refusal { () throws(Failure) in try house.register("ann", in: &store) }
            }
            #expect(codes == [nil, "email_taken", "email_taken", "rate_limited"])
        }
    }
}
