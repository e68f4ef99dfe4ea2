import Crypto
import Domain
import Persistence
import Support
import Testing

/// Whoever knows an account's name must not be able to lock its owner out (security B2, decisions 32).
@Suite struct `Known devices and networks` {
    /// Two tries an hour for strangers, three for a device, four for a network.
    private let house: House = {
        var limits = Limits.generous
        limits.signIn.account = Budget(burst: 2, every: .hours(1))
        limits.device = Budget(burst: 3, every: .hours(1))
        limits.network = Budget(burst: 4, every: .hours(1))
        return House(limits: limits)
    }()

    private let home: [UInt8] = [192, 0, 2, 10]
    private let elsewhere: [UInt8] = [198, 51, 100, 1]

    private func guesses(_ count: Int, from origin: Origin, in store: inout Store) -> [String?] {
        (0..<count).map { _ in
            refusal { () throws(Failure) in
                try house.signIn("ann", "wrong but long enough", from: origin, in: &store)
            }
        }
    }

    private func device(of user: User) -> Device {
        Device(of: user, before: nil, at: house.clock.now())
    }

    @Test func `guesses from elsewhere lock out strangers, not the device that signed in before`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            #expect(guesses(3, from: .from([203, 0, 113, 5]), in: &store).last == "rate_limited")
            let stranger = refusal { () throws(Failure) in
                try house.signIn("ann", from: .from(elsewhere), in: &store)
            }
            #expect(stranger == "rate_limited")
            try house.signIn("ann", from: .from(elsewhere, on: device(of: ann)), in: &store)
        }
    }

    @Test func `the guesses of a device have a limit too, and one that is the same in every network`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            let mine = device(of: ann)
            var codes = guesses(2, from: .from(home, on: mine), in: &store)
            codes += guesses(2, from: .from(elsewhere, on: mine), in: &store)
            #expect(
                codes == ["authentication_failed", "authentication_failed", "authentication_failed", "rate_limited"])
        }
    }

    @Test func `the device of another account is a stranger`() throws {
        try withStore { store throws in
            try house.register("ann", in: &store)
            let bob = try house.register("bob", in: &store).user
            let codes = guesses(3, from: .from(elsewhere, on: device(of: bob)), in: &store)
            #expect(codes == ["authentication_failed", "authentication_failed", "rate_limited"])
        }
    }

    @Test func `a new password makes every device a stranger but the one it was set on`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let old = device(of: ann.user)
            house.clock.advance(by: .seconds(1))
            let change = PasswordChange(current: Secret(House.password), new: Secret(House.other))
            let caller = Caller(user: ann.user, session: ann.session)
            let changed = try house.users.changePassword(change, of: caller, from: .from(home, on: old), in: &store)
            #expect(guesses(3, from: .from(elsewhere, on: old), in: &store).last == "rate_limited")
            let renewed = Device(of: changed, before: old, at: house.clock.now())
            #expect(renewed.id == old.id)
            try house.signIn("ann", House.other, from: .from(elsewhere, on: renewed), in: &store)
        }
    }

    @Test(arguments: [
        ([192, 0, 2, 77], Duration.days(30), true), ([192, 0, 3, 10], .days(1), false),
        ([192, 0, 2, 10], .days(30) + .seconds(1), false),
    ])
    func `a network that signed in within thirty days has a share of its own`(
        address: [UInt8], later: Duration, isKnown: Bool
    ) throws {
        try withStore { store throws in
            try house.register("ann", from: .from(elsewhere), in: &store)
            try house.signIn("ann", from: .from(home), in: &store)
            house.clock.advance(by: later)
            #expect(guesses(3, from: .from([203, 0, 113, 5]), in: &store).last == "rate_limited")
            let codes = guesses(5, from: .from(address), in: &store)
            #expect(codes.count { $0 == "authentication_failed" } == (isKnown ? 4 : 0))
        }
    }

    @Test func `a network that nobody signed in from for thirty days is forgotten at the next sign-in`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try house.register("ann", from: .from(elsewhere), in: &store)
            try house.register("bob", from: .from(elsewhere), in: &store)
            for name in ["ann", "bob"] { try house.signIn(name, from: .from(elsewhere), in: &store) }
            house.clock.advance(by: .days(1))
            try house.signIn("ann", from: .from([203, 0, 113, 1]), in: &store)
            house.clock.advance(by: .days(29) + .seconds(1))
            try house.signIn("ann", from: .from(home), in: &store)
            let networks = try RootConnection(schema.root).rows(
                "SELECT COUNT(*) FROM known_networks GROUP BY user_id ORDER BY 1")
            // Of Ann's three the oldest is gone; Bob's stays until he comes.
            #expect(networks == [["1"], ["2"]])
        }
    }

    @Test func `a new password makes the networks strangers as well`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            try house.signIn("ann", from: .from(home), in: &store)
            house.clock.advance(by: .seconds(1))
            let change = PasswordChange(current: Secret(House.password), new: Secret(House.other))
            let caller = Caller(user: ann.user, session: ann.session)
            try house.users.changePassword(change, of: caller, from: .from(elsewhere), in: &store)
            #expect(guesses(3, from: .from([203, 0, 113, 5]), in: &store).contains("rate_limited"))
            #expect(guesses(1, from: .from(home), in: &store) == ["rate_limited"])
        }
    }
}
