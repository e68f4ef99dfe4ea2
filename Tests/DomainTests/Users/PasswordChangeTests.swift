import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Changing the password` {
    private func change(_ current: String = House.password, to new: String = House.other) -> PasswordChange {
        PasswordChange(current: Secret(current), new: Secret(new))
    }

    /// A sign-in that checked the old password before the change, and opens its session after it.
    @Test func `a sign-in that the change overtook opens no session`() throws {
        try withStore { store throws in
            let house = House()
            let before = try house.register("ann", in: &store)
            let caller = Caller(user: before.user, session: before.session)
            house.clock.advance(by: .milliseconds(100))
            #expect(try store.noteSignIn(of: before.user, at: house.clock.now()))
            try house.users.changePassword(change(), of: caller, from: .test, in: &store)
            #expect(try !store.noteSignIn(of: before.user, at: house.clock.now()))
            let after = try house.signIn("ann", House.other, in: &store)
            #expect(after.user.passwordChangedAt == house.clock.now())
        }
    }

    @Test func `it ends all other sessions and keeps this one`() throws {
        try withStore { store throws in
            let house = House()
            let here = try house.settle("ann", in: &store)
            let there = try house.signIn("ann", in: &store)
            house.clock.advance(by: .seconds(30))
            try house.users.changePassword(
                change(), of: try house.caller(here, in: &store), from: .test, in: &store)
            #expect(try house.sessions.caller(with: here.token, by: .cookie, in: &store) != nil)
            #expect(try house.sessions.caller(with: there.token, by: .cookie, in: &store) == nil)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            try house.signIn("ann", House.other, in: &store)
            #expect(try store.user(withID: here.user.id)?.passwordChangedAt == house.clock.now())
            // The first sign-in after the change is by a stranger, though from where the account began.
            #expect(try store.outbox().map(\.template).sorted() == ["new_device", "password_changed"])
        }
    }

    @Test(arguments: [
        ("not the current one", House.other, "invalid_password"), (House.password, House.password, "same_password"),
        (House.password, "short", "too_short"), (House.password, "ann@example.org", "weak_password"),
        (House.password, "a\0" + House.other, "not_text"),
    ])
    func `it is refused with a reason`(current: String, new: String, code: String) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let told = refusal { () throws(Failure) in
                try house.users.changePassword(change(current, to: new), of: caller, from: .test, in: &store)
            }
            #expect(told == code)
            try house.signIn("ann", in: &store)
        }
    }

    /// Security E8: whoever registered with a stranger's address makes it no mail.
    @Test func `an address that nobody has proved gets no notices`() throws {
        try withStore { store throws in
            let house = House()
            let thief = try house.register("ann", in: &store)
            for (old, new) in [(House.password, House.other), (House.other, House.password)] {
                try house.users.changePassword(
                    change(old, to: new), of: try house.caller(thief, in: &store), from: .test, in: &store)
            }
            try house.signIn("ann", from: .from([203, 0, 113, 5]), in: &store)
            try house.users.delete(
                try house.caller(thief, in: &store), currentPassword: Secret(House.password), from: .test, in: &store)
            #expect(try store.outbox() == [])
        }
    }

    @Test func `it can be allowed once in a while only, and then says when`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.passwordChange = Budget(burst: 1, every: .hours(1))
            let house = House(limits: limits)
            let ann = try house.register("ann", in: &store)
            let act = { (change: PasswordChange, store: inout Store) throws(Failure) in
                try house.users.changePassword(
                    change, of: try house.caller(ann, in: &store), from: .test, in: &store)
            }
            // A try that fails does not count.
            #expect(refusal { () throws(Failure) in try act(change("wrong"), &store) } == "invalid_password")
            _ = try act(change(), &store)
            house.clock.advance(by: .minutes(20))
            do throws(Failure) {
                _ = try act(change(House.other, to: House.password), &store)
                Issue.record("it was not refused")
            } catch .refused(let refusal) {
                #expect((refusal as? RateLimited)?.retryAfter == .minutes(40))
            }
            house.clock.advance(by: .minutes(40))
            _ = try act(change(House.other, to: House.password), &store)
        }
    }

    /// Security B8: a stolen session is no free oracle for the password.
    @Test func `tries of the current password count like sign-ins`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.network = Budget(burst: 3, every: .hours(1))
            let house = House(limits: limits)
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let codes = (0..<4).map { _ in
                refusal { () throws(Failure) in
                    try house.users.changePassword(change("wrong"), of: caller, from: .test, in: &store)
                }
            }
            #expect(codes == ["invalid_password", "invalid_password", "invalid_password", "rate_limited"])
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "rate_limited")
        }
    }
}

@Suite struct `Deleting one's own account` {
    @Test func `it is dead at once with all its sessions and keeps its names`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let second = try house.signIn("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            try house.users.delete(caller, currentPassword: Secret(House.password), from: .test, in: &store)
            #expect(try house.sessions.caller(with: ann.token, by: .cookie, in: &store) == nil)
            #expect(try house.sessions.caller(with: second.token, by: .cookie, in: &store) == nil)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            #expect(refusal { () throws(Failure) in try house.register("ann", in: &store) } == "email_taken")
        }
    }

    @Test(arguments: [(Duration.minutes(10), nil), (.minutes(10) + .milliseconds(1), "reauth_required")])
    func `without the password only a fresh session deletes`(age: Duration, code: String?) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            house.clock.advance(by: age)
            let caller = Caller(user: ann.user, session: ann.session)
            let told = refusal { () throws(Failure) in
                try house.users.delete(caller, currentPassword: nil, from: .test, in: &store)
            }
            #expect(told == code)
            #expect((try store.user(withID: ann.user.id)?.deletedAt != nil) == (code == nil))
        }
    }

    @Test func `a wrong password deletes nothing`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            let told = refusal { () throws(Failure) in
                try house.users.delete(caller, currentPassword: Secret("wrong"), from: .test, in: &store)
            }
            #expect(told == "invalid_password")
            #expect(try house.sessions.caller(with: ann.token, by: .cookie, in: &store) != nil)
        }
    }
}
