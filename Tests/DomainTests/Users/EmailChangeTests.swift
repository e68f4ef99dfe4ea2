import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Changing the address` {
    private let moving = Moving()

    @Test func `the link in the mail to the new address changes it, and the old one is told`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let other = try moving.house.signIn("ann", in: &store)
            try moving.begin("Ann@example.net", by: ann, in: &store)
            #expect(try moving.address(of: ann, in: &store) == "ann@example.org")
            let secret = try moving.link("email_token", .emailConfirmation, to: "Ann@example.net", in: &store)
            let caller = try moving.caller(other, in: &store)
            let shown = try moving.house.users.emailChange(secret, by: caller, in: &store)
            #expect(shown.email.text == "Ann@example.net" && shown.proof == .browser)
            moving.house.clock.advance(by: .hours(1))
            try moving.house.users.confirmEmailChange(
                EmailConfirmation(link: secret, caller: caller), from: .test, in: &store)
            let user = try #require(try store.user(withID: ann.user.id))
            #expect(user.email.text == "Ann@example.net" && user.email.key == "ann@example.net")
            #expect(user.emailVerifiedAt == moving.house.clock.now())
            #expect(try store.user(withEmail: ann.user.email) == nil)
            let notice = try #require(try moving.letter(.emailChanged, to: "ann@example.org", in: &store))
            #expect(notice["undo_token"]?.hasPrefix("o_") == true)
            #expect(notice["agent"] == "Test/1.0")
            // Sessions stay.
            _ = try moving.caller(ann, in: &store)
            _ = try moving.caller(other, in: &store)
            let events = try store.auditEvents().suffix(2)
            #expect(events.map(\.event) == ["email.change_begun", "email.changed"])
            #expect(events.map(\.session) == [ann.session.id, other.session.id])
            #expect(events.last?.detail == #"{"proof":"browser"}"#)
        }
    }

    /// Security O11: a stranger asks for the address of somebody who expects a mail and clicks.
    @Test func `the link alone confirms nothing, nor does another account's session`() throws {
        try withStore { store throws in
            let eve = try moving.settle("eve", in: &store)
            let victim = try moving.settle("victim", verified: .zero, in: &store)
            try moving.begin("victim@example.net", by: eve, in: &store)
            let secret = try moving.link("email_token", .emailConfirmation, to: "victim@example.net", in: &store)
            for caller in [nil, try moving.caller(victim, in: &store)] {
                let users = moving.house.users
                #expect(try users.emailChange(secret, by: caller, in: &store).proof == .password)
                for (password, code) in [(nil, "proof_required"), (House.other, "invalid_password")] {
                    let form = EmailConfirmation(
                        link: secret, password: password.map { Secret($0) }, caller: caller)
                    let told = refusal { () throws(Failure) in
                        try users.confirmEmailChange(form, from: .test, in: &store)
                    }
                    #expect(told == code)
                }
            }
            let failure = try #require(try store.auditEvents().last)
            #expect(failure.event == "session.confirmation_failed" && failure.subject == eve.user.id)
            #expect(try moving.address(of: eve, in: &store) == "eve@example.org")
            // Nothing was used up.
            try moving.follow(secret, in: &store)
        }
    }

    @Test func `the account's password confirms in a browser without its session`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            let secret = try moving.link("email_token", .emailConfirmation, to: "ann@example.net", in: &store)
            try moving.house.users.confirmEmailChange(
                EmailConfirmation(link: secret, password: Secret(House.password)), from: .test, in: &store)
            #expect(try moving.address(of: ann, in: &store) == "ann@example.net")
            let event = try #require(try store.auditEvents().last)
            #expect(event.event == "email.changed" && event.session == nil)
            #expect(event.detail == #"{"proof":"password"}"#)
        }
    }

    /// Security B8: whoever has the link has no more tries than at the sign-in.
    @Test func `tries of the password are limited like those of a sign-in`() throws {
        var limits = Limits.generous
        limits.signIn.account = Budget(burst: 3, every: .minutes(15))
        let moving = Moving(House(limits: limits))
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            let secret = try moving.link("email_token", .emailConfirmation, to: "ann@example.net", in: &store)
            let form = EmailConfirmation(link: secret, password: Secret(House.other))
            // The sign-in was the first.
            let codes = (0..<3).map { _ in
                refusal { () throws(Failure) in
                    try moving.house.users.confirmEmailChange(form, from: .from([203, 0, 113, 5]), in: &store)
                }
            }
            #expect(codes == ["invalid_password", "invalid_password", "rate_limited"])
        }
    }

    @Test func `looking at a link uses nothing up`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            let secret = try moving.link("email_token", .emailConfirmation, to: "ann@example.net", in: &store)
            let users = moving.house.users
            for _ in 0..<3 { _ = try users.emailChange(secret, by: nil, in: &store) }
            try moving.follow(secret, in: &store)
            #expect(refusal { () throws(Failure) in try moving.follow(secret, in: &store) } == "link_invalid")
            let shown = refusal { () throws(Failure) in try users.emailChange(secret, by: nil, in: &store) }
            #expect(shown == "link_invalid")
        }
    }

    @Test(arguments: [
        ("ann@example.org", "same_email"), ("ANN@example.org", "same_email"), ("ann", "invalid_email"),
        ("a@example.net,b@example.net", "invalid_email"), ("a@example.net\r\nBcc: b@example.net", "invalid_email"),
    ])
    func `what is no other address is refused`(address: String, code: String) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            #expect(refusal { () throws(Failure) in try moving.begin(address, by: ann, in: &store) } == code)
            #expect(try store.outbox() == [])
        }
    }

    @Test(
        arguments: [
            (Duration.minutes(10), nil, nil), (.minutes(11), nil, "reauth_required"),
            (.minutes(11), House.password, nil),
            (.minutes(1), "not the password", "invalid_password"),
            (.minutes(11), "not the password", "invalid_password"),
        ] as [(Duration, String?, String?)])
    func `it takes a fresh session or the password`(age: Duration, password: String?, code: String?) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            moving.house.clock.advance(by: age)
            let told = refusal { () throws(Failure) in
                try moving.begin("ann@example.net", by: ann, password: password, in: &store)
            }
            #expect(told == code)
            #expect(try store.outbox().isEmpty == (code != nil))
        }
    }

    /// Decisions 30: a code proves that somebody reads the mailbox that is to be replaced.
    @Test func `a mailed code does not make a session fresh enough`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            moving.house.clock.advance(by: .minutes(11))
            #expect(try store.noteConfirmation(in: ann.session.id, at: moving.house.clock.now()))
            let told = refusal { () throws(Failure) in try moving.begin("ann@example.net", by: ann, in: &store) }
            #expect(told == "reauth_required")
        }
    }

    /// Whoever is signed in learns nothing about others, neither by the answer nor by what it costs.
    @Test func `a free address and a taken one take the same statements`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let bob = try moving.settle("bob", verified: .zero, in: &store)
            func trace(_ address: String) throws(Failure) -> [String] {
                store.startTrace()
                try moving.begin(address, by: ann, in: &store)
                return store.takeTrace()
            }
            let free = try trace("nobody@example.net")
            let taken = try trace("bob@example.org")
            #expect(free == taken)
            #expect(free.count == taken.count && !free.isEmpty)
            let mails = try store.outbox()
            #expect(
                mails.map(\.template).sorted() == ["email_confirmation", "email_taken"]
                    && mails.first { $0.template == "email_taken" }?.recipient == bob.user.email.text)
            #expect(try moving.letter(.emailTaken, to: "bob@example.org", in: &store) == [:])
        }
    }

    @Test func `an address that is somebody's is written to as he writes it`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            _ = try moving.settle("bob", verified: .zero, in: &store)
            try moving.begin("BOB@Example.ORG", by: ann, in: &store)
            #expect(try store.outbox().last?.recipient == "bob@example.org")
        }
    }

    @Test func `a newer link makes the older one void, and a password change every one`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("one@example.net", by: ann, in: &store)
            try moving.begin("two@example.net", by: ann, in: &store)
            #expect(
                refusal { () throws(Failure) in try moving.confirm("one@example.net", in: &store) } == "link_invalid")
            let change = PasswordChange(current: Secret(House.password), new: Secret(House.other))
            try moving.house.users.changePassword(
                change, of: try moving.caller(ann, in: &store), from: .test, in: &store)
            #expect(
                refusal { () throws(Failure) in try moving.confirm("two@example.net", in: &store) } == "link_invalid")
        }
    }

    @Test(arguments: [(Duration.hours(24) - .milliseconds(1), nil), (.hours(24), "link_expired")])
    func `a link lives for a day`(age: Duration, code: String?) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            moving.house.clock.advance(by: age)
            #expect(refusal { () throws(Failure) in try moving.confirm("ann@example.net", in: &store) } == code)
        }
    }

    @Test(arguments: [
        "", "o_", "o_AAAA", "s_" + String(repeating: "A", count: 43), "o_" + String(repeating: "A", count: 43),
    ])
    func `what is no link of ours is refused`(text: String) throws {
        try withStore { store throws in
            let users = moving.house.users
            let told = [
                refusal { () throws(Failure) in
                    try users.confirmEmailChange(EmailConfirmation(link: Secret(text)), from: .test, in: &store)
                },
                refusal { () throws(Failure) in try users.undoEmailChange(Secret(text), from: .test, in: &store) },
            ]
            #expect(told == ["link_invalid", "link_invalid"])
        }
    }

    @Test(arguments: [true, false])
    func `the link of somebody who is disabled or deleted is worth nothing`(isDeleted: Bool) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            let now = moving.house.clock.now()
            if isDeleted {
                try store.markDeleted(ann.user.id, at: now)
            } else {
                try store.setDisabled(true, ann.user.id, at: now)
            }
            #expect(
                refusal { () throws(Failure) in try moving.confirm("ann@example.net", in: &store) } == "link_invalid")
            #expect(try moving.address(of: ann, in: &store) == "ann@example.org")
        }
    }

    @Test func `an address that was taken meanwhile is refused, and the link is not used up`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("bob@example.org", by: ann, in: &store)
            let bob = try moving.house.register("bob", in: &store)
            #expect(
                refusal { () throws(Failure) in try moving.confirm("bob@example.org", in: &store) } == "email_taken")
            #expect(try moving.address(of: ann, in: &store) == "ann@example.org")
            #expect(
                try store.setEmail(
                    try #require(EmailAddress("other@example.org")), of: bob.user.id, verifiedAt: .test, at: .test))
            try moving.confirm("bob@example.org", in: &store)
            #expect(try moving.address(of: ann, in: &store) == "bob@example.org")
        }
    }

    /// Links under way prove the former address, or were asked for by who used it.
    @Test func `the change makes links for the former address void`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("ann@example.net", by: ann, in: &store)
            let now = moving.house.clock.now()
            var digests: [(Digest, TokenPurpose)] = []
            for purpose in [TokenPurpose.reset, .verify, .confirm, .notMe] {
                let digest = OneTimeSecret.random().digest
                try store.insert(
                    OneTimeToken(
                        digest: digest, purpose: purpose, subject: ann.user.id, email: ann.user.email, createdAt: now,
                        expiresAt: now + .hours(1)))
                digests.append((digest, purpose))
            }
            try moving.confirm("ann@example.net", in: &store)
            var live: [TokenPurpose] = []
            for (digest, purpose) in digests where try store.token(withDigest: digest, for: purpose)?.usedAt == nil {
                live.append(purpose)
            }
            #expect(live == [.notMe])
        }
    }

    @Test func `mails to one address are limited, whoever's it is`() throws {
        var limits = Limits.generous
        limits.mailAddress = Budget(burst: 2, every: .minutes(12))
        let moving = Moving(House(limits: limits))
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            _ = try moving.settle("bob", verified: .zero, in: &store)
            for address in ["bob@example.org", "free@example.net"] {
                let codes = (0..<3).map { _ in
                    refusal { () throws(Failure) in try moving.begin(address, by: ann, in: &store) }
                }
                #expect(codes == [nil, nil, "rate_limited"])
            }
            #expect(try store.outbox().count == 4)
        }
    }

    @Test func `an act that a newer end of the session overtook leaves no link`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let caller = try moving.caller(ann, in: &store)
            _ = try store.deleteSessions(of: ann.user.id, except: nil)
            let told = refusal { () throws(Failure) in
                try moving.house.users.beginEmailChange(
                    EmailChange(email: "thief@example.net", currentPassword: Secret(House.password)), of: caller,
                    from: .test, in: &store)
            }
            #expect(told == "reauth_required")
            #expect(try store.outbox() == [])
        }
    }
}
