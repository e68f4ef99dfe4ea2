import Domain
import Persistence
import Support
import Testing

@Suite struct `Changing the profile` {
    @Test func `only the given fields change`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let picture = ProfileChange(picture: .set("https://example.org/ann.png"))
            var user = try house.users.changeProfile(picture, of: caller, from: .test, in: &store)
            #expect(user.picture == "https://example.org/ann.png")
            #expect(user.name == "Ann")
            user = try house.users.changeProfile(ProfileChange(name: .clear), of: caller, from: .test, in: &store)
            #expect(user.picture == "https://example.org/ann.png")
            #expect(user.name == nil)
            #expect(user.username?.text == "ann")
        }
    }

    /// Trap T3: what a person types is stored as typed, and escaped where it is shown.
    @Test func `a name is stored as it was typed`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let change = ProfileChange(name: .set("Ann O'Brien <b>&amp; \u{1F600}"))
            let user = try house.users.changeProfile(change, of: caller, from: .test, in: &store)
            #expect(user.name == "Ann O'Brien <b>&amp; \u{1F600}")
        }
    }

    /// Trap T6: whoever takes a name must not become its former owner.
    @Test func `a released username is never given out again`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let renamed = try house.users.changeProfile(
                ProfileChange(username: .set("anna")), of: caller, from: .test, in: &store)
            #expect(renamed.id == ann.user.id)
            try house.signIn("anna", in: &store)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            let bob = try house.register("bob", in: &store)
            let taken = refusal { () throws(Failure) in
                try house.users.changeProfile(
                    ProfileChange(username: .set("ann")), of: Caller(user: bob.user, session: bob.session),
                    from: .test, in: &store)
            }
            #expect(taken == "username_taken")
        }
    }

    @Test(arguments: [
        (ProfileChange(email: .set("new@example.org")), "not_available"),
        (ProfileChange(email: .clear), "not_available"),
        (ProfileChange(name: .set("")), "invalid_name"), (ProfileChange(picture: .set("javascript:x")), "invalid_url"),
        (ProfileChange(username: .set("x")), "invalid_username"),
        (ProfileChange(username: .set("root")), "reserved_username"),
    ])
    func `what is not acceptable is refused`(change: ProfileChange, code: String) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let told = refusal { () throws(Failure) in
                try house.users.changeProfile(change, of: caller, from: .test, in: &store)
            }
            #expect(told == code)
        }
    }

    @Test func `sending back one's own address is no change`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            _ = try house.users.changeProfile(
                ProfileChange(email: .set("ANN@example.org")), of: caller, from: .test, in: &store)
        }
    }

    /// Trap T12: a change without names asks nobody whether the name `nil` is taken.
    @Test func `a change of nothing is accepted`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let user = try house.users.changeProfile(ProfileChange(), of: caller, from: .test, in: &store)
            #expect(user.username?.text == "ann")
        }
    }
}
