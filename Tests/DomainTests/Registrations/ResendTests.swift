import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Sending a verification link again` {
    private let house = House.verifying()

    private func templates(in store: inout Store) throws -> [String] {
        let mails = try store.dueMail(at: house.clock.now(), limit: 100)
        for mail in mails { try store.noteDelivery(of: mail.id, at: house.clock.now()) }
        return mails.map(\.template)
    }

    @Test func `the new link works and the older one does not`() throws {
        try withStore { store throws in
            let begun = try house.begin("ann", in: &store)
            let first = try house.link("ann", in: &store)
            try house.resend("ann", in: &store)
            let second = try house.link("ann", in: &store)
            #expect(
                refusal { () throws(Failure) in try house.finish(first, browser: begun, in: &store) } == "link_invalid")
            try house.finish(second, browser: begun, in: &store)
            let events = try store.auditEvents().map(\.event)
            #expect(events == ["registration.begun", "registration.link_sent", "user.registered"])
        }
    }

    @Test func `the browser's own registration is meant, else the newest`() throws {
        try withStore { store throws in
            let mine = try house.begin("ann", in: &store)
            let older = try house.link("ann", in: &store)
            let newest = try house.begin("ann", password: House.other, in: &store)
            _ = try house.link("ann", in: &store)
            try house.resend("ann", in: &store)
            let forNewest = try house.link("ann", in: &store)
            try house.resend("ann", browser: mine, in: &store)
            let forMine = try house.link("ann", in: &store)
            let needed = { (link: Secret, browser: BegunRegistration, store: inout Store) throws(Failure) -> String in
                let visitor = LinkVisitor(registration: browser.browser.digest)
                do throws(Failure) {
                    return try house.users.proofNeeded(beside: link, by: visitor, in: &store).proof.rawValue
                } catch { return error.code }
            }
            #expect(try needed(forNewest, newest, &store) == "browser")
            #expect(try needed(forNewest, mine, &store) == "password")
            #expect(try needed(forMine, mine, &store) == "browser")
            #expect(try needed(older, mine, &store) == "link_invalid")
        }
    }

    /// The row of a registration is gone when its time is over, whatever was sent since.
    @Test func `a new link does not last longer than the registration`() throws {
        try withStore { store throws in
            try house.begin("ann", in: &store)
            _ = try templates(in: &store)
            house.clock.advance(by: .minutes(23 * 60 + 10))
            try house.resend("ann", in: &store)
            let mail = try #require(try store.dueMail(at: house.clock.now(), limit: 1).first)
            #expect(mail.values?["hours"] == "1")
            #expect(mail.expiresAt < house.clock.now() + .minutes(51))
        }
    }

    /// Security N3: what differs is the mail.
    @Test func `every address takes the same statements`() throws {
        try withStore { store throws in
            let open = House()
            try open.register("open", in: &store)
            let proved = try open.register("proved", in: &store).user
            #expect(try store.noteProof(of: proved.email, by: proved.id, at: .test))
            let disabled = try open.register("disabled", in: &store).user
            try store.setDisabled(true, disabled.id, at: .test)
            try house.begin("ann", in: &store)
            try house.begin("proved", in: &store)
            let begun = try house.begin("bob", in: &store)
            _ = try templates(in: &store)
            let cases: [(String, BegunRegistration?, String)] = [
                ("nobody", nil, "nobody"), ("ann", nil, "verification"), ("bob", begun, "verification"),
                ("nobody", begun, "nobody"), ("open", nil, "verification"), ("disabled", nil, "nobody"),
                ("proved", nil, "already_registered"),
            ]
            var traces: [[String]] = []
            for (name, browser, template) in cases {
                store.startTrace()
                try house.resend(name, browser: browser, in: &store)
                traces.append(store.takeTrace())
                #expect(try templates(in: &store) == [template], "\(name)")
            }
            for trace in traces { #expect(trace == traces[0]) }
            #expect(traces[0].count == 10, "\(traces[0])")
            #expect(house.hashes.count == 3)
        }
    }

    @Test func `an account that is not proved gets a link of its own`() throws {
        try withStore { store throws in
            let open = House(sendsMail: true)
            let ann = try open.register("ann", in: &store)
            let first = try open.link("ann", in: &store)
            try open.resend("ann", in: &store)
            let second = try open.link("ann", in: &store)
            let caller = Caller(user: ann.user, session: ann.session)
            #expect(
                refusal { () throws(Failure) in try open.verify(first, caller: caller, in: &store) } == "link_invalid")
            _ = try open.verify(second, caller: caller, in: &store)
        }
    }

    @Test func `one address gets a limited number, whether it is known or not`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.mailAddress = Limits.standard.mailAddress
            let limited = House.verifying(limits: limits)
            try limited.begin("ann", in: &store)
            let known = (0..<5).map { _ in refusal { () throws(Failure) in try limited.resend("ann", in: &store) } }
            #expect(known == [nil, nil, "rate_limited", "rate_limited", "rate_limited"])
            let unknown = (0..<6).map { _ in refusal { () throws(Failure) in try limited.resend("eve", in: &store) } }
            #expect(unknown == [nil, nil, nil, "rate_limited", "rate_limited", "rate_limited"])
            let typo = refusal { () throws(Failure) in
                try limited.users.resendVerification(to: "no address", browser: nil, from: .test, in: &store)
            }
            #expect(typo == "invalid_email")
        }
    }
}
