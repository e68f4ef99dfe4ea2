import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `A forgotten password` {
    @Test func `the link sets a new one, once, ends all sessions and signs nobody in`() throws {
        try withStore { store throws in
            let house = House()
            let first = try house.register("ann", in: &store)
            let second = try house.signIn("ann", in: &store)
            let token = try house.recover("ann", in: &store)
            try house.users.verifyRecovery(token, in: &store)
            house.clock.advance(by: .seconds(1))
            try house.reset(token, in: &store)
            #expect(try !house.lives(first, in: &store))
            #expect(try !house.lives(second, in: &store))
            #expect(try store.sessions(of: first.user.id, at: house.clock.now()).isEmpty)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            #expect(
                refusal { () throws(Failure) in try house.reset(token, to: "another one of words", in: &store) }
                    == "link_invalid")
            #expect(
                refusal { () throws(Failure) in try house.users.verifyRecovery(token, in: &store) } == "link_invalid")
            try house.signIn("ann", House.other, in: &store)
            let ann = try #require(try store.user(withID: first.user.id))
            #expect(ann.passwordChangedAt == house.clock.now())
            #expect(ann.emailVerifiedAt == house.clock.now())
        }
    }

    @Test func `each act leaves one row in the audit log and its mail`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store).user
            let before = try store.auditEvents().count
            let token = try house.recover("ANN", in: &store)
            house.clock.advance(by: .seconds(1))
            try house.reset(token, in: &store)
            let events = try store.auditEvents().dropFirst(before)
            #expect(events.map(\.event) == ["recovery.begun", "password.reset"])
            #expect(events.map(\.actor) == ["anonymous", "user"])
            #expect(events.map(\.subject) == [ann.id, ann.id])
            #expect(events.map { $0.identifier != nil } == [true, false])
            #expect(events.map(\.detail) == ["{}", #"{"ended":"1"}"#])
            let mails = try store.outbox()
            #expect(mails.map(\.template) == ["recovery", "password_changed"])
            // As it is stored, not as it was typed.
            #expect(mails.map(\.recipient) == ["ann@example.org", "ann@example.org"])
            let link = try #require(try store.dueMail(at: house.clock.now(), limit: 10).first)
            #expect(link.values?["minutes"] == "30")
            // A stranger can cause this mail: nothing that he chose stands in it.
            #expect(link.values?.keys.sorted() == ["address", "minutes", "recovery_token", "time"])
            #expect(link.expiresAt == link.createdAt + .minutes(30))
        }
    }

    @Test func `an address that was proved before stays proved since then`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store).user
            let proved = house.clock.now()
            #expect(try store.noteProof(of: ann.email, by: ann.id, at: proved))
            try house.reset(try house.recover("ann", in: &store), in: &store)
            #expect(try store.user(withID: ann.id)?.emailVerifiedAt == proved)
        }
    }

    @Test func `the password may be the one that it was`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            try house.reset(try house.recover("ann", in: &store), to: House.password, in: &store)
            try house.signIn("ann", in: &store)
        }
    }

    @Test(arguments: [
        ("short", "too_short"), ("ann@example.org", "weak_password"), ("a\0" + House.other, "not_text"),
        ("example site example site", "weak_password"),
    ])
    func `a password that is not accepted leaves the link as it is, and is not hashed`(
        password: String, code: String
    ) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store)
            let token = try house.recover("ann", in: &store)
            let hashes = house.hashes.count
            #expect(refusal { () throws(Failure) in try house.reset(token, to: password, in: &store) } == code)
            #expect(house.hashes.count == hashes)
            #expect(try house.lives(ann, in: &store))
            try house.reset(token, in: &store)
            try house.signIn("ann", House.other, in: &store)
        }
    }

    @Test(arguments: [
        (Duration.minutes(30) - .milliseconds(1), nil), (.minutes(30), "link_expired"), (.days(2), "link_expired"),
    ])
    func `a link works for half an hour`(age: Duration, code: String?) throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let token = try house.recover("ann", in: &store)
            house.clock.advance(by: age)
            #expect(refusal { () throws(Failure) in try house.users.verifyRecovery(token, in: &store) } == code)
            #expect(refusal { () throws(Failure) in try house.reset(token, in: &store) } == code)
        }
    }

    @Test func `a newer link makes the older one void`() throws {
        try withStore { store throws in
            let house = House()
            try house.register("ann", in: &store)
            let older = try house.recover("ann", in: &store)
            let newer = try house.recover("ann", in: &store)
            #expect(refusal { () throws(Failure) in try house.reset(older, in: &store) } == "link_invalid")
            try house.reset(newer, in: &store)
        }
    }

    @Test(arguments: TokenPurpose.allCases)
    func `a link of another purpose sets no password`(purpose: TokenPurpose) throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store).user
            let token = try house.token(purpose, for: ann, about: .signedIn, in: &store)
            let code = refusal { () throws(Failure) in try house.reset(token, in: &store) }
            #expect(code == (purpose == .reset ? nil : "link_invalid"))
        }
    }

    @Test(arguments: ["", "x", "o_", "s_" + String(repeating: "a", count: 86), String(repeating: "o", count: 5000)])
    func `what cannot be the secret of a link costs no statement`(text: String) throws {
        try withStore { store throws in
            let house = House()
            store.startTrace()
            #expect(refusal { () throws(Failure) in try house.reset(Secret(text), in: &store) } == "link_invalid")
            #expect(store.takeTrace().isEmpty)
            #expect(house.hashes.count == 0)
        }
    }

    /// Whoever holds a link for an account that is none any more, or for an address that has left it, holds nothing.
    @Test(arguments: ["disabled_at = NOW(6)", "deleted_at = NOW(6)", "email = 'new@x.org', email_key = 'new@x.org'"])
    func `a link is dead when the account is, or has another address`(change: String) throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            try house.register("ann", in: &store)
            let token = try house.recover("ann", in: &store)
            try RootConnection(schema.root).run("UPDATE users SET \(change)")
            #expect(
                refusal { () throws(Failure) in try house.users.verifyRecovery(token, in: &store) } == "link_invalid")
            let hashes = house.hashes.count
            #expect(refusal { () throws(Failure) in try house.reset(token, in: &store) } == "link_invalid")
            #expect(house.hashes.count == hashes)
        }
    }

    @Test func `what happens to the account while the password is hashed counts`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try House().register("ann", in: &store)
            let root = try RootConnection(schema.root)
            let house = House { try? root.run("UPDATE users SET email = 'new@x.org', email_key = 'new@x.org'") }
            let token = try house.recover("ann", in: &store)
            #expect(refusal { () throws(Failure) in try house.reset(token, in: &store) } == "link_invalid")
            #expect(try root.rows("SELECT COUNT(*) FROM one_time_tokens WHERE used_at IS NOT NULL") == [["0"]])
            try house.signIn("new@x.org", in: &store)
        }
    }

    @Test func `other links that are under way are void, those that take something back stay`() throws {
        try withStore { store throws in
            let house = House()
            let ann = try house.register("ann", in: &store).user
            let tokens = try TokenPurpose.allCases.map { purpose in
                (purpose, try house.token(purpose, for: ann, about: .signedIn, in: &store))
            }
            try house.reset(try house.recover("ann", in: &store), in: &store)
            let living = tokens.filter { house.lives($0.1, for: $0.0, in: &store) }.map(\.0)
            #expect(living == [.undoEmail, .notMe])
        }
    }

    /// Security O11: somebody registers with an address that is not his and waits for its owner.
    @Test func `whoever was there before the owner of the address is out`() throws {
        try withStore { store throws in
            let house = House()
            let thief = try house.register("ann", in: &store)
            try house.signIn("ann", in: &store)
            let device = Device(of: thief.user, before: nil, at: house.clock.now())
            try house.reset(try house.recover("ann", in: &store), in: &store)
            #expect(try !house.lives(thief, in: &store))
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            // Neither his network nor his device is one that the account knows.
            let candidate = try store.candidate(withID: thief.user.id, from: .nowhere)
            #expect(candidate.user?.passwordChangedAt != device.passwordChangedAt)
            try house.signIn("ann", House.other, in: &store)
            house.clock.advance(by: .seconds(1))
            #expect(try store.outbox().map(\.template).count { $0 == "new_device" } == 1)
        }
    }

    @Test func `a sign-in that the reset overtook opens no session`() throws {
        try withStore { store throws in
            let house = House()
            let before = try house.register("ann", in: &store).user
            try house.reset(try house.recover("ann", in: &store), in: &store)
            #expect(try !store.noteSignIn(of: before, at: house.clock.now()))
        }
    }
}
