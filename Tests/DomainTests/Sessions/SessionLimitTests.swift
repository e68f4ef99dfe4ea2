import Crypto
import Domain
import Persistence
import Support
import Testing

/// Security S6: nobody has more sessions than the operator says.
@Suite struct `The limit of sessions` {
    private let house = House(sessionLimit: 3)

    private func signIn(_ count: Int, _ wish: SessionWish = SessionWish(), in store: inout Store) throws(Failure)
        -> [OpenedSession]
    {
        var opened: [OpenedSession] = []
        for _ in 0..<count {
            house.clock.advance(by: .seconds(1))
            opened.append(try house.signIn("ann", wish: wish, in: &store))
        }
        return opened
    }

    private func live(_ user: User, in store: inout Store) throws(Failure) -> Set<SessionID> {
        Set(try store.sessions(of: user.id, at: house.clock.now()).map(\.id))
    }

    @Test func `a sign-in beyond it ends the oldest one`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let bob = try house.register("bob", in: &store)
            let opened = try signIn(2, in: &store)
            #expect(try live(ann.user, in: &store) == Set([ann.session.id] + opened.map(\.session.id)))
            let more = try signIn(2, in: &store)
            #expect(
                try live(ann.user, in: &store) == Set([opened[1].session.id] + more.map(\.session.id)))
            #expect(try live(bob.user, in: &store) == [bob.session.id])
            #expect(
                try store.auditEvents().suffix(3).map(\.detail) == ["{}", "{\"ended\":\"1\"}", "{\"ended\":\"1\"}"])
        }
    }

    @Test func `a browser that takes the place of its session ends no other`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let opened = try signIn(2, in: &store)
            let again = try signIn(1, SessionWish(replacing: opened[1].token), in: &store)
            #expect(
                try live(ann.user, in: &store)
                    == [ann.session.id, opened[0].session.id, again[0].session.id])
        }
    }

    @Test func `expired ones count for nothing and go first`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let remembered = try signIn(1, SessionWish(remember: true), in: &store)
            _ = try signIn(1, in: &store)
            house.clock.advance(by: .hours(3))
            let fresh = try signIn(2, in: &store)
            #expect(
                try live(ann.user, in: &store) == Set([remembered[0].session.id] + fresh.map(\.session.id)))
        }
    }

    @Test func `of twenty sign-ins at once no more than the limit stay after the next`() throws {
        try withSchema { schema throws in
            let house = house
            let ann = try schema.store { store throws in try house.register("ann", in: &store).user }
            let outcomes = inParallel(20, schema) { _, store throws(Failure) in try house.signIn("ann", in: &store) }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
            try schema.store { store throws in
                _ = try signIn(1, in: &store)
                #expect(try live(ann, in: &store).count == 3)
            }
        }
    }
}
