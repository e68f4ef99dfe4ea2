import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Who the check sees` {
    @Test func `the check knows of a person what a route knows`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let opened = try house.signIn("ann", wish: SessionWish(remember: true), in: &store)
            let caller = try #require(try house.sessions.caller(with: opened.token, by: .cookie, in: &store))
            let identity = try #require(try house.sessions.identity(with: opened.token, by: .cookie, in: &store))
            #expect(identity.sessionID == caller.session.id)
            #expect(identity.authenticatedAt == caller.session.authenticatedAt)
            #expect(identity.use.carrier == .cookie)
            #expect(identity.use.isRemembered)
            #expect(identity.use.lastUsedAt == caller.session.lastUsedAt)
            #expect(identity.use.idleUntil == caller.session.idleUntil)
            #expect(identity.use.expiresAt == caller.session.expiresAt)
            #expect(identity.userID == opened.user.id)
            #expect(identity.isActive)
            #expect(identity.email == "ann@example.org")
            #expect(!identity.isVerified)
            #expect(identity.username == "ann")
            #expect(identity.name == "Ann")
            #expect(identity.role == "user")
        }
    }

    enum Event: Sendable, CaseIterable {
        case nothing, anotherCarrier, almostIdle, idle, disabled, deleted, signedOut, unknown
    }

    @Test(arguments: Event.allCases)
    func `a session is accepted by the check as by a route`(event: Event) throws {
        try withStore { store throws in
            let house = House()
            let opened = try house.register("ann", in: &store)
            var (token, carrier) = (opened.token, Carrier.cookie)
            switch event {
            case .nothing: break
            case .anotherCarrier: carrier = .token
            case .almostIdle: house.clock.advance(by: .seconds(7199))
            case .idle: house.clock.advance(by: .seconds(7200))
            case .disabled: try store.setDisabled(true, opened.user.id, at: house.clock.now())
            case .deleted: try store.markDeleted(opened.user.id, at: house.clock.now())
            case .signedOut: try store.deleteSession(withDigest: token.digest)
            case .unknown: token = .random()
            }
            let accepted = event == .nothing || event == .almostIdle
            #expect((try house.sessions.identity(with: token, by: carrier, in: &store) != nil) == accepted)
            #expect((try house.sessions.caller(with: token, by: carrier, in: &store) != nil) == accepted)
        }
    }

    @Test func `the check notes a use as a route does`() throws {
        try withStore { store throws in
            let house = House()
            let opened = try house.register("ann", in: &store)
            var statements: [Int] = []
            for pause in [59, 1, 59, 1] {
                house.clock.advance(by: .seconds(pause))
                store.startTrace()
                _ = try house.sessions.identity(with: opened.token, by: .cookie, in: &store)
                try store.settleUses(at: house.clock.now() + .seconds(1))
                statements.append(store.takeTrace().count)
            }
            #expect(statements == [1, 2, 1, 2])
        }
    }
}
