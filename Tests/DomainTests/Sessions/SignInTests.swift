import Crypto
import Domain
import Persistence
import Support
import Synchronization
import Testing

@Suite struct `Signing in` {
    @Test(arguments: ["ann", "ANN", "ann@example.org", "Ann@Example.ORG"])
    func `an address and a username are both accepted`(identifier: String) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store).user
            #expect(try house.signIn(identifier, in: &store).user.id == ann.id)
        }
    }

    /// Decisions 28 and 40: what differs is who fails, not what happens.
    @Test func `every kind of failure makes one Argon2id computation and the same statements`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let disabled = try house.register("dis", in: &store).user
            let deleted = try house.register("del", in: &store).user
            try house.users.setDisabled(true, disabled, from: .test, in: &store)
            try store.markDeleted(deleted.id, at: house.clock.now())

            var outcomes: [[String]] = []
            let attempts = [
                ("ann", "wrong but long enough"), ("nobody", House.password), ("no@example.org", House.password),
                ("not an identifier !", House.password), ("", House.password), ("dis", House.password),
                ("dis", "wrong but long enough"), ("del", House.password),
            ]
            for (identifier, password) in attempts {
                let before = house.hashes.count
                store.startTrace()
                let code = refusal { () throws(Failure) in try house.signIn(identifier, password, in: &store) }
                #expect(code == "authentication_failed", "\(identifier)")
                #expect(house.hashes.count == before + 1, "\(identifier)")
                outcomes.append(store.takeTrace())
            }
            for outcome in outcomes { #expect(outcome == outcomes[0]) }
            #expect(!outcomes[0].isEmpty)
        }
    }

    @Test func `passwords are compared to the byte in their normal form`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", password: "p\u{E4}ssliche bl\u{FC}ten im garten", in: &store)
            try house.signIn("ann", "pa\u{308}ssliche blu\u{308}ten im garten", in: &store)
            let long = String(repeating: "lange nicht kurz ", count: 5)
            try house.register("bob", password: long + "a", in: &store)
            #expect(refusal { () throws(Failure) in try house.signIn("bob", long + "b", in: &store) } != nil)
            #expect(refusal { () throws(Failure) in try house.signIn("bob", long + "a ", in: &store) } != nil)
        }
    }

    @Test func `a password with a NUL is refused and not cut`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            #expect(
                refusal { () throws(Failure) in try house.signIn("ann", House.password + "\0x", in: &store) }
                    == "not_text")
        }
    }

    @Test func `many devices are signed in at once`() throws {
        try withStore { store throws in
            let house = House()
            let first = try house.register("ann", in: &store)
            let second = try house.signIn("ann", in: &store)
            #expect(try house.sessions.caller(with: first.token, by: .cookie, in: &store) != nil)
            #expect(try house.sessions.caller(with: second.token, by: .cookie, in: &store) != nil)
        }
    }

    @Test func `a raised cost makes the password anew at the next sign-in`() throws {
        try withStore { store throws in
            let ann = try House().register("ann", in: &store).user
            let costlier = HashingCost(iterations: 2, memory: 16)
            try House(cost: costlier).signIn("ann", in: &store)
            #expect(try store.candidate(withID: ann.id, from: .nowhere).parameters?.cost == costlier)
            try House(cost: costlier).signIn("ann", in: &store)
            #expect(try store.auditEvents().map(\.event).count { $0 == "password.rehashed" } == 1)
        }
    }

    @Test func `a password is made anew only when the sign-in stands`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try House().register("ann", in: &store)
            let root = try RootConnection(schema.root)
            let sessions = Mutex<[String?]>([])
            let house = House(cost: HashingCost(iterations: 2, memory: 16)) {
                let count = try? root.rows("SELECT COUNT(*) FROM sessions").first?.first
                sessions.withLock { $0.append(count ?? nil) }
            }
            try house.signIn("ann", in: &store)
            // The registration's; then, while the second is computed, that of the sign-in as well.
            #expect(sessions.withLock { $0 } == ["1", "2"])
        }
    }

    @Test func `a sign-in stands although its password could not be made anew`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try House().register("ann", in: &store)
            try RootConnection(schema.root).run("DROP FUNCTION password_replace")
            let house = House(cost: HashingCost(iterations: 2, memory: 16))
            let opened = try house.signIn("ann", in: &store)
            #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) != nil)
            #expect(try store.auditEvents().map(\.event).last == "session.signed_in")
        }
    }

    @Test func `one address has one share of an account, whichever name it calls`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.signIn.pair = Budget(burst: 3, every: .hours(1))
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            let codes = ["ann", "ann@example.org", "ANN", "ann@example.org", "ann"].map { name in
                refusal { () throws(Failure) in try house.signIn(name, "wrong but long enough", in: &store) }
            }
            #expect(codes == Array(repeating: "authentication_failed", count: 3) + ["rate_limited", "rate_limited"])
            #expect(
                refusal { () throws(Failure) in try house.signIn("bob", "wrong but long enough", in: &store) }
                    == "authentication_failed")
        }
    }

    @Test func `guesses at one account are limited whatever its spelling`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.network = Budget(burst: 4, every: .hours(1))
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            let before = house.hashes.count
            let spellings = ["ann", "ANN", "ann@example.org", "ANN@example.ORG", "Ann", "\u{FF21}nn"]
            let codes = spellings.map { name in
                refusal { () throws(Failure) in try house.signIn(name, "wrong but long enough", in: &store) }
            }
            #expect(codes == Array(repeating: "authentication_failed", count: 4) + ["rate_limited", "rate_limited"])
            #expect(house.hashes.count == before + 4)
        }
    }

    @Test func `an address that used up its share does not use up the owner's`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.signIn.address = Budget(burst: 3, every: .hours(1))
            limits.signIn.account = Budget(burst: 5, every: .hours(1))
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            for _ in 0..<20 {
                _ = refusal { () throws(Failure) in try house.signIn("ann", "wrong but long enough", in: &store) }
            }
            try house.signIn("ann", from: .from([192, 0, 2, 9]), in: &store)
        }
    }

    @Test func `an IPv6 network of 64 bits counts as one address`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.signIn.address = Budget(burst: 2, every: .hours(1))
            let house = House(limits: limits)
            let codes = (0..<3).map { index in
                let address: [UInt8] = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 7] + [0, 0, 0, 0, 0, 0, 0, UInt8(index)]
                return refusal { () throws(Failure) in
                    try house.signIn("user\(index)", "wrong", from: .from(address), in: &store)
                }
            }
            #expect(codes == ["authentication_failed", "authentication_failed", "rate_limited"])
        }
    }

    @Test func `the wait ends when it said it would`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.signIn.account = Budget(burst: 1, every: .seconds(60))
            limits.network = limits.signIn.account
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            try house.signIn("ann", in: &store)
            house.clock.advance(by: .seconds(59))
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "rate_limited")
            house.clock.advance(by: .seconds(1))
            try house.signIn("ann", in: &store)
        }
    }
}
