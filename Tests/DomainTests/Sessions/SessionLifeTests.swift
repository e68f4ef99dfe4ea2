import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `The life of a session` {
    @Test(arguments: [(false, 2 * 3600), (true, 14 * 86400)])
    func `an unused session ends at its idle limit`(remember: Bool, limit: Int) throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let opened = try house.signIn("ann", wish: SessionWish(remember: remember), in: &store)
            house.clock.advance(by: .seconds(limit - 1))
            #expect(
                try house.sessions.list(of: Caller(user: opened.user, session: opened.session), in: &store).count >= 1)
            house.clock.advance(by: .seconds(1))
            #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) == nil)
        }
    }

    @Test func `a session in use does not end between two notes of its use, however short its limit`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let terms = SessionTerms(
                idle: .minutes(1), lifetime: .hours(1), rememberedIdle: .minutes(1), rememberedLifetime: .hours(1))
            let sessions = Sessions(
                clock: house.clock, passwords: Passwords(policy: house.policy, cost: .test, keyring: .test),
                budgets: Budgets(limits: .generous, clock: house.clock, keyring: .test), terms: terms)
            let form = SignInForm(identifier: "ann", password: Secret(House.password), wish: SessionWish())
            let opened = try sessions.signIn(form, from: .test, in: &store)
            for _ in 0..<10 {
                house.clock.advance(by: .seconds(30))
                #expect(try sessions.caller(with: opened.token, by: .cookie, in: &store) != nil)
                try store.settleUses(at: house.clock.now() + .seconds(1))
            }
        }
    }

    @Test(arguments: [(false, 24 * 3600, 3600), (true, 30 * 86400, 86400)])
    func `a used session ends at its absolute limit`(remember: Bool, limit: Int, step: Int) throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let opened = try house.signIn("ann", wish: SessionWish(remember: remember), in: &store)
            for _ in 1..<(limit / step) {
                house.clock.advance(by: .seconds(step))
                #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) != nil)
                try store.settleUses(at: house.clock.now() + .seconds(1))
            }
            house.clock.advance(by: .seconds(step))
            #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) == nil)
        }
    }

    @Test func `a use is noted at most once a minute`() throws {
        try withStore { store throws in
            let house = House()
            let opened = try house.register("ann", in: &store)
            for (pause, statements) in [(59, 1), (1, 2), (1, 1)] {
                house.clock.advance(by: .seconds(pause))
                store.startTrace()
                _ = try house.sessions.caller(with: opened.token, by: .cookie, in: &store)
                try store.settleUses(at: house.clock.now() + .seconds(1))
                #expect(store.takeTrace().count == statements)
            }
        }
    }

    @Test func `nobody waits for the note of a use, which is written within a second`() throws {
        try withStore { store throws in
            let house = House()
            let opened = try house.register("ann", in: &store)
            house.clock.advance(by: .minutes(5))
            store.startTrace()
            _ = try house.sessions.caller(with: opened.token, by: .cookie, in: &store)
            #expect(store.takeTrace().count == 1)
            #expect(store.errandsDue == house.clock.now() + .seconds(1))
            try store.settleUses(at: house.clock.now() + .milliseconds(999))
            #expect(store.errandsDue != nil)
            try store.settleUses(at: house.clock.now() + .seconds(1))
            #expect(store.errandsDue == nil)
            let session = try #require(try store.session(withDigest: opened.token.digest)?.session)
            #expect(session.lastUsedAt == house.clock.now())
            #expect(session.idleUntil == house.clock.now() + .hours(2))
        }
    }

    @Test func `many uses at once are one statement for each kind of session, and a later use stays`() throws {
        try withStore { store throws in
            let house = House()
            var tokens: [SessionToken] = []
            for number in 0..<20 {
                let opened = try house.register("user\(number)", in: &store)
                let isRemembered = number < 5
                tokens.append(
                    isRemembered
                        ? try house.signIn("user\(number)", wish: SessionWish(remember: true), in: &store).token
                        : opened.token)
            }
            house.clock.advance(by: .minutes(5))
            // As another worker would have noted it.
            let later = house.clock.now() + .minutes(1)
            store.noteUse(of: tokens[19].digest, at: later, idleUntil: later + .hours(2))
            try store.settleUses(at: later, all: true)
            for token in tokens { _ = try house.sessions.identity(with: token, by: .cookie, in: &store) }
            store.noteUse(of: tokens[19].digest, at: house.clock.now(), idleUntil: house.clock.now() + .hours(2))
            store.startTrace()
            try store.settleUses(at: house.clock.now(), all: true)
            #expect(store.takeTrace().count == 2)
            var sessions: [Session] = []
            for token in tokens { sessions.append(try #require(try store.session(withDigest: token.digest)?.session)) }
            #expect(sessions.map(\.lastUsedAt) == [Instant](repeating: house.clock.now(), count: 19) + [later])
            let ends = sessions.map { $0.idleUntil - $0.lastUsedAt }
            #expect(ends == [Duration](repeating: .days(14), count: 5) + [Duration](repeating: .hours(2), count: 15))
        }
    }

    @Test(arguments: [(Carrier.cookie, Carrier.token), (.token, .cookie)])
    func `a session is accepted only by its own carrier`(own: Carrier, other: Carrier) throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let opened = try house.signIn("ann", wish: SessionWish(carrier: own), in: &store)
            #expect(try house.sessions.caller(with: opened.token, by: own, in: &store) != nil)
            #expect(try house.sessions.caller(with: opened.token, by: other, in: &store) == nil)
        }
    }

    @Test(arguments: [(SignOutScope.local, [false, true]), (.others, [true, false]), (.global, [false, false])])
    func `signing out ends what its scope says`(scope: SignOutScope, alive: [Bool]) throws {
        try withStore { store throws in
            let house = House()
            let first = try house.register("ann", in: &store)
            let second = try house.signIn("ann", in: &store)
            let bystander = try house.register("bob", in: &store)
            let caller = Caller(user: first.user, session: first.session)
            try house.sessions.signOut(caller, scope: scope, from: .test, in: &store)
            var found: [Bool] = []
            for opened in [first, second] {
                found.append(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) != nil)
            }
            #expect(found == alive)
            #expect(try house.sessions.caller(with: bystander.token, by: .cookie, in: &store) != nil)
        }
    }

    @Test func `another person's session looks as if it did not exist`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let bob = try house.register("bob", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            for id in [bob.session.id, SessionID(at: house.clock.now())] {
                #expect(
                    refusal { () throws(Failure) in
                        try house.sessions.end(id, of: caller, from: .test, in: &store)
                    } == "not_found")
            }
            #expect(try house.sessions.caller(with: bob.token, by: .cookie, in: &store) != nil)
        }
    }

    @Test func `disabling a user ends his sessions and enabling does not bring them back`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            try house.users.setDisabled(true, ann.user, from: .test, in: &store)
            #expect(try house.sessions.caller(with: ann.token, by: .cookie, in: &store) == nil)
            try house.users.setDisabled(false, ann.user, from: .test, in: &store)
            #expect(try house.sessions.caller(with: ann.token, by: .cookie, in: &store) == nil)
            try house.signIn("ann", in: &store)
        }
    }
}
