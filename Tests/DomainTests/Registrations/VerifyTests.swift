import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Verifying a registration` {
    @Test func `the browser that registered needs the link only, and is signed in`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let begun = try house.begin("ann", username: "ann", in: &store)
            let opened = try house.finish(try house.link("ann", in: &store), browser: begun, in: &store)
            let caller = try #require(try house.sessions.caller(with: opened.token, by: .cookie, in: &store))
            #expect(caller.user.email.text == "ann@example.org")
            #expect(caller.user.emailVerifiedAt == house.clock.now())
            #expect(caller.user.username?.text == "ann")
            #expect(caller.user.name == "Ann")
            #expect(caller.session.methods == ["pwd"])
            #expect(try house.signIn("ann", in: &store).user.id == opened.user.id)
            let event = try #require(try store.auditEvents().last { $0.event == "user.registered" })
            #expect(event.actor == "user")
            #expect(event.subject == opened.user.id)
            #expect(event.session == opened.session.id)
            #expect(event.detail == #"{"proof":"browser"}"#)
        }
    }

    @Test func `another browser needs the password`() throws {
        try withStore { store throws in
            let house = House.verifying()
            try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let before = house.hashes.count
            let codes = [nil, "wrong but long enough", "nul\0"].map { password in
                refusal { () throws(Failure) in try house.finish(link, password: password, in: &store) }
            }
            #expect(codes == ["proof_required", "invalid_password", "invalid_password"])
            #expect(house.hashes.count == before + 1)
            #expect(try store.user(withEmail: .of("ann")) == nil)
            let opened = try house.finish(link, password: House.password, in: &store)
            #expect(opened.user.isVerified)
            try house.signIn("ann@example.org", in: &store)
        }
    }

    @Test func `a wrong password is counted like a sign-in and leaves one event`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.signIn.account = Budget(burst: 2, every: .hours(1))
            let house = House.verifying(limits: limits)
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            // Whoever has no link cannot use up the tries of who has.
            for _ in 0..<3 { _ = refusal { () throws(Failure) in try house.signIn("ann@example.org", in: &store) } }
            let codes = ["wrong but long enough", "wrong but long enough", House.password].map { password in
                refusal { () throws(Failure) in try house.finish(link, password: password, in: &store) }
            }
            #expect(codes == ["invalid_password", "invalid_password", "rate_limited"])
            let failures = try store.auditEvents().filter { $0.event == "registration.proof_failed" }
            #expect(failures.count == 2)
            #expect(failures.allSatisfy { $0.actor == "anonymous" && $0.subject == nil && $0.identifier != nil })
            // Guessing does not lock the browser out that registered.
            try house.finish(link, browser: begun, in: &store)
        }
    }

    @Test func `a new password drops everything that was there before`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House.verifying()
            let begun = try house.begin("ann", username: "ann", in: &store)
            try house.begin("ann", password: "another password of someone", in: &store)
            let link = try house.link("ann", in: &store)
            let ids = try RootConnection(schema.root).rows("SELECT HEX(id) FROM registrations").map { $0[0] }
            #expect(ids.count == 2)
            let opened = try house.finish(link, new: House.other, browser: begun, in: &store)
            #expect(!ids.contains(Hex.encode(opened.user.id.bytes).uppercased()))
            #expect(opened.user.username == nil)
            #expect(opened.user.name == nil)
            #expect(refusal { () throws(Failure) in try house.signIn("ann@example.org", in: &store) } != nil)
            try house.signIn("ann@example.org", House.other, in: &store)
            let root = try RootConnection(schema.root)
            #expect(try root.rows("SELECT COUNT(*) FROM registrations") == [["0"]])
            let users = "SELECT COUNT(*) FROM password_hashes WHERE user_id <> UNHEX(REPEAT('00', 16))"
            #expect(try root.rows(users) == [["1"]])
            #expect(try root.rows("SELECT COUNT(*) FROM usernames") == [["0"]])
        }
    }

    @Test(arguments: [("short", "too_short"), ("ann@example.org", "weak_password"), ("a\0" + House.other, "not_text")])
    func `a bad new password is refused and the link stays`(password: String, code: String) throws {
        try withStore { store throws in
            let house = House.verifying()
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            do throws(Failure) {
                _ = try house.finish(link, new: password, in: &store)
                Issue.record("it was accepted")
            } catch {
                #expect(error.code == code)
                #expect(error.complaints.first?.field == "new_password")
            }
            try house.finish(link, browser: begun, in: &store)
        }
    }

    @Test func `of several attempts the first that is proved is kept, with its own password`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House.verifying()
            let mine = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let others = try house.begin("ann", password: House.other, username: "eve", in: &store)
            let otherLink = try house.link("ann", in: &store)
            #expect(
                refusal { () throws(Failure) in try house.finish(link, browser: others, in: &store) }
                    == "proof_required")
            #expect(
                refusal { () throws(Failure) in try house.finish(otherLink, browser: mine, in: &store) }
                    == "proof_required")
            let opened = try house.finish(link, browser: mine, in: &store)
            #expect(opened.user.username == nil)
            #expect(
                refusal { () throws(Failure) in try house.finish(otherLink, browser: others, in: &store) }
                    == "link_invalid")
            #expect(
                refusal { () throws(Failure) in try house.finish(otherLink, new: House.other, in: &store) }
                    == "link_invalid")
            try house.signIn("ann@example.org", in: &store)
            #expect(
                refusal { () throws(Failure) in try house.signIn("ann@example.org", House.other, in: &store) } != nil)
            let users = "SELECT COUNT(*) FROM password_hashes WHERE user_id <> UNHEX(REPEAT('00', 16))"
            #expect(try RootConnection(schema.root).rows(users) == [["1"]])
        }
    }

    @Test func `a link works once, for its time, and for its purpose`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let ann = try house.begin("ann", in: &store)
            let first = try house.link("ann", in: &store)
            try house.finish(first, browser: ann, in: &store)
            let bob = try house.begin("bob", in: &store)
            let second = try house.link("bob", in: &store)
            let reset = OneTimeSecret.random()
            try store.insert(
                OneTimeToken(
                    digest: reset.digest, purpose: .reset, subject: UserID(at: .test), email: .of("bob"),
                    createdAt: .test, expiresAt: .test + .days(7)))
            house.clock.advance(by: .hours(24))
            let tries: [(Secret, BegunRegistration, String)] = [
                (first, ann, "link_invalid"), (second, bob, "link_expired"),
                (Secret(reset.reveal()), bob, "link_invalid"),
                (Secret(OneTimeSecret.random().reveal()), bob, "link_invalid"), (Secret("o_x"), bob, "link_invalid"),
                // The cookie is no link.
                (Secret(bob.browser.reveal()), bob, "link_invalid"),
            ]
            for (link, browser, code) in tries {
                #expect(refusal { () throws(Failure) in try house.finish(link, browser: browser, in: &store) } == code)
            }
        }
    }

    @Test func `an address that became a user's meanwhile, or is kept for one, stays his`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let ann = try house.begin("ann", in: &store)
            let first = try house.link("ann", in: &store)
            let bob = try house.begin("bob", in: &store)
            let second = try house.link("bob", in: &store)
            try House().register("ann", password: House.other, in: &store)
            try store.insert(
                OneTimeToken(
                    digest: OneTimeSecret.random().digest, purpose: .undoEmail, subject: UserID(at: .test),
                    email: .of("bob"), createdAt: .test, expiresAt: .test + .days(7)))
            for (link, browser) in [(first, ann), (second, bob)] {
                let visitor = LinkVisitor(registration: browser.browser.digest)
                let shown = refusal { () throws(Failure) in
                    try house.users.proofNeeded(beside: link, by: visitor, in: &store)
                }
                #expect(shown == "link_invalid")
                let used = refusal { () throws(Failure) in try house.finish(link, browser: browser, in: &store) }
                #expect(used == "link_invalid")
            }
        }
    }

    @Test func `a name that was taken meanwhile is left out`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let ann = try house.begin("ann", username: "ann", in: &store)
            let annLink = try house.link("ann", in: &store)
            let bob = try house.begin("bob", username: "bobby", in: &store)
            let bobLink = try house.link("bob", in: &store)
            let cem = try House().register("cem", in: &store).user
            #expect(try store.rename(cem.id, to: Username(stored: "bobby"), at: .test))
            #expect(try store.rename(cem.id, to: Username(stored: "ann"), at: .test))
            // One name is somebody's, the other was.
            for (link, browser) in [(annLink, ann), (bobLink, bob)] {
                let opened = try house.finish(link, browser: browser, in: &store)
                #expect(opened.user.username == nil)
                #expect(try store.user(withID: opened.user.id)?.username == nil)
            }
        }
    }

    @Test func `looking at a link changes nothing`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            store.startTrace()
            for (browser, needed) in [(begun.browser.digest, ProofNeeded.browser), (nil, .password)] {
                let visitor = LinkVisitor(registration: browser)
                #expect(try house.users.proofNeeded(beside: link, by: visitor, in: &store).proof == needed)
            }
            let sent = store.takeTrace()
            #expect(sent.count == 8)
            #expect(sent.allSatisfy { $0.hasPrefix("SELECT") }, "\(sent)")
            try house.finish(link, browser: begun, in: &store)
        }
    }

    @Test func `nobody begins an account where registration was closed meanwhile`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let closed = House(registration: .closed)
            #expect(
                refusal { () throws(Failure) in try closed.finish(link, browser: begun, in: &store) }
                    == "registration_disabled")
        }
    }
}
