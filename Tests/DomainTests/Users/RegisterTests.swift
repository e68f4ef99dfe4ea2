import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Registering` {
    private func form(
        email: String = "ann@example.org", username: String? = "ann", name: String? = "Ann",
        password: String = House.password
    ) -> RegistrationForm {
        RegistrationForm(
            email: email, username: username, name: name, password: Secret(password), wish: SessionWish())
    }

    @Test func `a registration creates a user who is signed in`() throws {
        try withStore { store throws in
            let house = House()
            let opened = try house.users.register(form(), from: .test, in: &store)
            let caller = try house.sessions.caller(with: opened.token, by: .cookie, in: &store)
            #expect(caller?.user.email.text == "ann@example.org")
            #expect(caller?.user.isVerified == false)
            #expect(caller?.user.username?.text == "ann")
            #expect(try store.auditEvents().map(\.event) == ["user.registered"])
        }
    }

    /// Performance F8.
    @Test func `a registration that mails nothing takes ten statements, in one transaction`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.ping()
            store.startTrace()
            _ = try House().users.register(form(), from: .test, in: &store)
            let statements = store.takeTrace()
            #expect(statements.count == 10, "\(statements)")
            let ends = ["START TRANSACTION", "COMMIT"]
            #expect(statements.filter(ends.contains) == ends)
        }
    }

    @Test func `an enrolled user has a number and no session until he signs in`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.users.enroll(form(), from: .test, in: &store)
            let bob = try house.users.enroll(
                form(email: "bob@example.org", username: "bob"), from: .test, in: &store)
            #expect(try #require(bob.legacyID) > #require(ann.legacyID))
            #expect(ann.lastSignInAt == nil)
            #expect(try store.sessions(of: ann.id, at: house.clock.now()).isEmpty)
            #expect(try store.auditEvents().map(\.event) == ["user.registered", "user.registered"])
            #expect(try house.signIn("ann", in: &store).user.legacyID == ann.legacyID)
        }
    }

    @Test func `enrolling has the rules of registering`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let taken = refusal { () throws(Failure) in try house.users.enroll(form(), from: .test, in: &store) }
            #expect(taken == "email_taken")
            let weak = refusal { () throws(Failure) in
                try house.users.enroll(form(password: "short"), from: .test, in: &store)
            }
            #expect(weak == "too_short")
            let closed = House(registration: .closed)
            let refused = refusal { () throws(Failure) in try closed.users.enroll(form(), from: .test, in: &store) }
            #expect(refused == "registration_disabled")
        }
    }

    @Test func `enrolling counts like registering`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.register.address = Budget(burst: 1, every: .minutes(6))
            let limited = House(limits: limits)
            _ = try limited.users.enroll(form(email: "b@example.org", username: "bb"), from: .test, in: &store)
            let second = refusal { () throws(Failure) in
                try limited.users.enroll(form(email: "c@example.org", username: "cc"), from: .test, in: &store)
            }
            #expect(second == "rate_limited")
        }
    }

    @Test func `every complaint comes at once`() throws {
        try withStore { store throws in
            let house = House()
            let bad = form(email: "no address", username: "-", name: "a\u{202E}b", password: "short")
            do throws(Failure) {
                _ = try house.users.register(bad, from: .test, in: &store)
                Issue.record("it was accepted")
            } catch {
                let told = error.complaints.map { "\($0.field): \($0.code)" }
                #expect(
                    told == [
                        "email: invalid_email", "username: invalid_username", "name: invalid_name",
                        "password: too_short", "password: weak_password",
                    ])
            }
        }
    }

    @Test func `a refused password is neither hashed nor counted nor written`() throws {
        try withStore { store throws in
            let house = House()
            let code = refusal { () throws(Failure) in
                try house.users.register(form(password: "short"), from: .test, in: &store)
            }
            #expect(code == "too_short")
            #expect(house.hashes.count == 0)
            #expect(try store.user(withUsername: Username(stored: "ann")) == nil)
            #expect(try store.auditEvents().isEmpty)
        }
    }

    @Test(arguments: [
        ("ann@example.org", "anna", "email_taken"), ("ANN@EXAMPLE.ORG", "anna", "email_taken"),
        ("other@example.org", "ann", "username_taken"), ("other@example.org", "ANN", "username_taken"),
        ("other@example.org", "ann\u{FEFF}", "username_taken"),
    ])
    func `a taken name is a conflict and leaves nothing behind`(email: String, username: String, code: String) throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let second = form(email: email, username: username)
            #expect(refusal { () throws(Failure) in try house.users.register(second, from: .test, in: &store) } == code)
            #expect(try store.users(after: nil, limit: 10, deleted: true).count == 1)
            #expect(try store.auditEvents().count == 1)
        }
    }

    @Test(arguments: ["admin", "root", "postmaster", "Admin"])
    func `reserved names are refused`(name: String) throws {
        try withStore { store throws in
            let house = House()
            let code = refusal { () throws(Failure) in
                try house.users.register(form(username: name), from: .test, in: &store)
            }
            #expect(code == "reserved_username")
        }
    }

    @Test func `a closed registration refuses everybody`() throws {
        try withStore { store throws in
            let house = House(registration: .closed)
            #expect(
                refusal { () throws(Failure) in try house.users.register(form(), from: .test, in: &store) }
                    == "registration_disabled")
        }
    }

    @Test func `registrations from one address are limited`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.register.address = Budget(burst: 2, every: .hours(1))
            let house = House(limits: limits)
            try house.register("ann", in: &store)
            try house.register("bob", in: &store)
            #expect(refusal { () throws(Failure) in try house.register("cem", in: &store) } == "rate_limited")
            #expect(house.hashes.count == 2)
        }
    }

    @Test func `two users with one password have different rows`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let bob = try house.register("bob", in: &store)
            let first = try store.candidate(withID: ann.user.id, from: .nowhere)
            let second = try store.candidate(withID: bob.user.id, from: .nowhere)
            #expect(first.parameters?.salt != second.parameters?.salt)
        }
    }
}
