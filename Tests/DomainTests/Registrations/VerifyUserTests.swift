import Crypto
import Domain
import Persistence
import Support
import Testing

/// Accounts that begin at once prove their address afterwards.
@Suite struct `Verifying an account` {
    private let house = House(sendsMail: true)

    private func caller(_ opened: OpenedSession) -> Caller { Caller(user: opened.user, session: opened.session) }

    @Test func `registering mails a link where mail leaves, and none elsewhere`() throws {
        try withStore { store throws in
            try House().register("bob", in: &store)
            #expect(try store.outbox().isEmpty)
            let ann = try house.register("ann", in: &store)
            let mail = try #require(try store.dueMail(at: house.clock.now(), limit: 10).first)
            #expect(mail.template == "verification")
            #expect(mail.recipient == "ann@example.org")
            #expect(mail.expiresAt == ann.user.createdAt + .hours(24))
        }
    }

    @Test func `an address that its former owner can take back is taken`() throws {
        try withStore { store throws in
            try store.insert(
                OneTimeToken(
                    digest: OneTimeSecret.random().digest, purpose: .undoEmail, subject: UserID(at: .test),
                    email: .of("ann"), createdAt: .test, expiresAt: .test + .days(7)))
            #expect(refusal { () throws(Failure) in try house.register("ann", in: &store) } == "email_taken")
            house.clock.advance(by: .days(7))
            try house.register("ann", in: &store)
        }
    }

    @Test func `the mail costs two round trips and no commit of its own`() throws {
        try withStore { store throws in
            store.startTrace()
            try House().register("bob", in: &store)
            let without = store.takeTrace()
            store.startTrace()
            try house.register("ann", in: &store)
            let with = store.takeTrace()
            #expect(with.count == without.count + 2)
        }
    }

    @Test func `the browser that is signed in needs the link only, and stays signed in`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let needed = try house.users.proofNeeded(
                beside: link, by: LinkVisitor(caller: caller(ann)), in: &store)
            #expect(needed.proof == .browser && needed.subject == .account)
            guard case .proved(let user, isSignedIn: true) = try house.verify(link, caller: caller(ann), in: &store)
            else {
                Issue.record("nothing was proved")
                return
            }
            #expect(user.emailVerifiedAt == house.clock.now())
            #expect(try store.user(withID: user.id)?.emailVerifiedAt == house.clock.now())
            #expect(try house.sessions.caller(with: ann.token, by: .cookie, in: &store) != nil)
            let event = try #require(try store.auditEvents().last)
            #expect(event.event == "email.verified")
            #expect(event.subject == user.id)
            #expect(event.session == ann.session.id)
            #expect(
                refusal { () throws(Failure) in try house.verify(link, caller: caller(ann), in: &store) }
                    == "link_invalid")
        }
    }

    @Test func `somebody else's session proves nothing, the password does and opens no session`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let eve = try house.register("eve", in: &store)
            let codes = [nil, "wrong but long enough"].map { password in
                refusal { () throws(Failure) in
                    try house.verify(link, password: password, caller: caller(eve), in: &store)
                }
            }
            #expect(codes == ["proof_required", "invalid_password"])
            let failure = try #require(try store.auditEvents().last)
            #expect(failure.event == "registration.proof_failed")
            #expect(failure.subject == ann.user.id)
            guard
                case .proved(let user, isSignedIn: false) = try house.verify(
                    link, password: House.password, in: &store)
            else {
                Issue.record("nothing was proved")
                return
            }
            #expect(try store.user(withID: user.id)?.isVerified == true)
            #expect(try store.sessions(of: user.id, at: house.clock.now()).count == 1)
        }
    }

    /// Security O11: whoever registered the address of somebody else is left with nothing.
    @Test func `a new password ends every session, password and link from before`() throws {
        try withStore { store throws in
            let eve = try house.register("ann", in: &store)
            let again = try house.signIn("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let (change, reset) = (OneTimeSecret.random(), OneTimeSecret.random())
            for (secret, purpose) in [(change, TokenPurpose.changeEmail), (reset, .reset)] {
                try store.insert(
                    OneTimeToken(
                        digest: secret.digest, purpose: purpose, subject: eve.user.id, email: .of("eve"),
                        createdAt: .test, expiresAt: .test + .days(1)))
            }
            house.clock.advance(by: .seconds(5))
            guard
                case .proved(let user, isSignedIn: false) = try house.verify(
                    link, new: House.other, caller: caller(eve), in: &store)
            else {
                Issue.record("nothing was proved")
                return
            }
            #expect(user.passwordChangedAt == house.clock.now())
            #expect(try store.user(withID: user.id)?.isVerified == true)
            for opened in [eve, again] {
                #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) == nil)
            }
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            for (secret, purpose) in [(change, TokenPurpose.changeEmail), (reset, .reset)] {
                #expect(try store.token(withDigest: secret.digest, for: purpose)?.usedAt != nil)
            }
            // The owner of the mailbox is told, and the way back is not among what ended.
            #expect(try store.outbox().map(\.template) == ["verification", "password_changed"])
            let notice = try house.secret("not_me_token", in: &store)
            #expect(try house.users.disowning(by: notice, in: &store).blocksPassword)
            try house.signIn("ann", House.other, in: &store)
            let event = try #require(try store.auditEvents().first { $0.event == "email.verified" })
            #expect(event.detail.contains(#""ended":"2""#), "\(event.detail)")
        }
    }

    @Test func `a link is worth nothing for who is disabled, deleted, has another address, or proved it`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            for (number, change) in [
                "disabled_at = NOW()", "deleted_at = NOW()", "email_key = 'x@example.net'",
                "email_verified_at = NOW()",
            ].enumerated() {
                let ann = try house.register("ann\(number)", in: &store)
                let link = try house.link("ann\(number)", in: &store)
                try RootConnection(schema.root).run(
                    "UPDATE users SET \(change) WHERE email_key = 'ann\(number)@example.org'")
                for new in [nil, House.other] {
                    let code = refusal { () throws(Failure) in
                        try house.verify(link, new: new, caller: caller(ann), in: &store)
                    }
                    #expect(code == "link_invalid", "\(change)")
                }
            }
        }
    }

    @Test func `where an address must be proved, the right password is refused until it is`() throws {
        try withStore { store throws in
            let strict = House(sendsMail: true, requiresVerified: true)
            try strict.register("ann", in: &store)
            let link = try strict.link("ann", in: &store)
            let tries = [("ann", House.password), ("ann", "wrong but long enough"), ("bob", House.password)]
            let codes = tries.map { name, password in
                refusal { () throws(Failure) in try strict.signIn(name, password, in: &store) }
            }
            #expect(codes == ["email_not_verified", "authentication_failed", "authentication_failed"])
            let events = try store.auditEvents().filter { $0.event == "session.sign_in_failed" }
            #expect(events.map(\.detail) == [#"{"reason":"email_not_verified"}"#, "{}", "{}"])
            _ = try strict.verify(link, password: House.password, in: &store)
            try strict.signIn("ann", in: &store)
        }
    }
}
