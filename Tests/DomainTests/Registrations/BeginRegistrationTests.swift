import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `Beginning a registration` {
    @Test func `it makes no user and owns nothing, and mails one link`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let begun = try house.begin("ann", username: "ann", in: &store)
            #expect(begun.lifetime == .hours(24))
            #expect(house.hashes.count == 1)
            #expect(try store.user(withEmail: .of("ann")) == nil)
            #expect(try store.user(withUsername: Username(stored: "ann")) == nil)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            let mail = try #require(try store.dueMail(at: house.clock.now(), limit: 10).first)
            #expect(mail.template == "verification")
            #expect(mail.recipient == "ann@example.org")
            #expect(mail.values?.keys.sorted() == ["hours", "verification_token"])
            #expect(mail.values?["hours"] == "24")
            #expect(mail.expiresAt == house.clock.now() + .hours(24))
            // The secret of the browser is another one.
            #expect(mail.values?["verification_token"] != begun.browser.reveal())
        }
    }

    @Test func `it leaves one event, which says nothing of what was typed`() throws {
        try withStore { store throws in
            let house = House.verifying()
            try house.begin("ann", in: &store)
            let events = try store.auditEvents()
            #expect(events.map(\.event) == ["registration.begun"])
            #expect(events.map(\.actor) == ["anonymous"])
            #expect(events.first?.subject == nil)
            #expect(events.first?.identifier != nil)
            #expect(events.first?.detail == "{}")
        }
    }

    /// Whose address it is before somebody asks for it.
    enum Holder: CaseIterable {
        case nobody, another, verified, unverified, disabled, deleted, formerOwner
    }

    private func prepare(_ holder: Holder, _ name: String, in store: inout Store) throws {
        let house = House()
        switch holder {
        case .nobody: break
        case .another: try House.verifying().begin(name, password: House.other, in: &store)
        case .formerOwner:
            let secret = OneTimeSecret.random()
            try store.insert(
                OneTimeToken(
                    digest: secret.digest, purpose: .undoEmail, subject: UserID(at: .test), email: .of(name),
                    createdAt: .test, expiresAt: .test + .days(7)))
        default:
            let user = try house.register(name, in: &store).user
            if holder == .verified { #expect(try store.noteProof(of: user.email, by: user.id, at: .test)) }
            if holder == .disabled { try store.setDisabled(true, user.id, at: .test) }
            if holder == .deleted { try store.markDeleted(user.id, at: .test) }
        }
    }

    /// Security N3: what differs is the mail.
    @Test func `free and taken addresses take the same statements and the same hashing`() throws {
        try withStore { store throws in
            var traces: [[String]] = []
            var templates: [String] = []
            for (number, holder) in Holder.allCases.enumerated() {
                try prepare(holder, "ann\(number)", in: &store)
                let house = House.verifying()
                var mailbox = Mailbox()
                try mailbox.fetch(from: &store, at: house.clock.now() + .days(1))
                store.startTrace()
                _ = try house.begin("ann\(number)", in: &store)
                traces.append(store.takeTrace())
                #expect(house.hashes.count == 1)
                let mail = try #require(try store.dueMail(at: house.clock.now(), limit: 10).first)
                #expect(mail.recipient == "ann\(number)@example.org")
                #expect((mail.values?["verification_token"] != nil) == (mail.template == "verification"))
                templates.append(mail.template)
            }
            for trace in traces { #expect(trace == traces[0]) }
            #expect(traces[0].count == 10, "\(traces[0])")
            // Who is disabled or deleted could not do what the mail says.
            #expect(
                templates == [
                    "verification", "verification", "already_registered", "already_registered", "nobody", "nobody",
                    "already_registered",
                ])
        }
    }

    @Test func `a username that is or was somebody's is told, whatever the address, and asking counts`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.register.address = Budget(burst: 4, every: .hours(1))
            let open = House()
            let ann = try open.register("ann", in: &store).user
            #expect(try store.rename(ann.id, to: Username(stored: "anna"), at: .test))
            let house = House.verifying(limits: limits)
            var codes: [String?] = []
            for (address, name) in [("new", "ann"), ("new", "anna"), ("ann", "ann"), ("ann", "anna"), ("new", "ann")] {
                codes.append(
                    refusal { () throws(Failure) in try house.begin(address, username: name, in: &store) })
            }
            #expect(codes == Array(repeating: "username_taken", count: 4) + ["rate_limited"])
            #expect(house.hashes.count == 0)
        }
    }

    @Test func `a name that somebody only asked for is free`() throws {
        try withStore { store throws in
            let house = House.verifying()
            try house.begin("ann", username: "ann", in: &store)
            try house.begin("bob", username: "ann", in: &store)
        }
    }

    @Test(arguments: [RegistrationMode.open, .closed])
    func `it is refused in another mode`(mode: RegistrationMode) throws {
        try withStore { store throws in
            let house = House(registration: mode)
            #expect(
                refusal { () throws(Failure) in try house.begin("ann", in: &store) } == "registration_disabled")
        }
    }

    @Test func `a refused field is neither hashed nor counted nor written`() throws {
        try withStore { store throws in
            let house = House.verifying()
            let code = refusal { () throws(Failure) in try house.begin("ann", password: "short", in: &store) }
            #expect(code == "too_short")
            #expect(house.hashes.count == 0)
            #expect(try store.outbox().isEmpty)
            #expect(try store.auditEvents().isEmpty)
        }
    }

    /// Security E8, for any hour there is.
    @Test func `within an hour one address gets five mails at most`() throws {
        try withStore { store throws in
            var limits = Limits.generous
            limits.mailAddress = Limits.standard.mailAddress
            let house = House.verifying(limits: limits)
            var minutes: [Int] = []
            let start = house.clock.now()
            for minute in 0...180 {
                house.clock.set(start + .minutes(minute))
                while refusal({ () throws(Failure) in try house.resend("ann", in: &store) }) == nil {
                    minutes.append(minute)
                }
            }
            #expect(minutes == [0, 0, 0, 30, 60, 90, 120, 150, 180])
            for minute in minutes { #expect(minutes.count { (minute...(minute + 60)).contains($0) } <= 5) }
        }
    }

    /// Security E8.
    @Test(arguments: [false, true]) func `one address gets a limited number of mails`(isTaken: Bool) throws {
        try withStore { store throws in
            if isTaken { try House().register("ann", in: &store) }
            var limits = Limits.generous
            limits.mailAddress = Limits.standard.mailAddress
            let house = House.verifying(limits: limits)
            let codes = (0..<7).map { _ in refusal { () throws(Failure) in try house.begin("ann", in: &store) } }
            #expect(codes == [nil, nil, nil] + Array(repeating: "rate_limited", count: 4))
            // Another address is not concerned.
            try house.begin("bob", in: &store)
            // Nor is another act: nobody is kept from registering by who asks for new passwords, or the other way round.
            let begun = try store.outbox().count
            for _ in 0..<3 { try house.users.beginRecovery(of: "ann@example.org", from: .test, in: &store) }
            #expect(try store.outbox().count == begun + 3)
        }
    }
}
