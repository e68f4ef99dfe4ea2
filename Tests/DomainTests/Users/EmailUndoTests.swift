import Crypto
import Persistence
import Support
import Testing

@testable import Domain

/// Somebody who has stolen a session, or the password, moves the account to a mailbox of his own (decisions 29).
@Suite struct `Taking a change of the address back` {
    private let moving = Moving()

    @Test func `the owner gets the account back, and the thief is out`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let thief = try moving.house.signIn("ann", in: &store)
            try moving.move(thief, to: "thief@example.net", in: &store)
            let secret = try moving.link("undo_token", .emailChanged, to: "ann@example.org", in: &store)
            #expect(try moving.house.users.emailUndo(secret, in: &store).text == "ann@example.org")
            moving.house.clock.advance(by: .hours(1))
            try moving.undo("ann@example.org", in: &store)

            let user = try #require(try store.user(withID: ann.user.id))
            #expect(user.email.text == "ann@example.org" && user.isVerified)
            #expect(user.passwordChangedAt == moving.house.clock.now())
            #expect(refusal { () throws(Failure) in try moving.caller(thief, in: &store) } == "authentication_failed")
            #expect(
                refusal { () throws(Failure) in try moving.house.signIn("ann", in: &store) } == "authentication_failed")
            #expect(try store.candidate(withID: ann.user.id, from: .nowhere).parameters == nil)
            let events = try store.auditEvents().filter { $0.event == "email.change_undone" }
            #expect(events.map(\.detail) == ["{\"ended\":\"2\"}"])
            #expect(events.map(\.subject) == [ann.user.id])

            let recovery = try #require(try moving.letter(.recovery, to: "ann@example.org", in: &store))
            #expect(recovery["minutes"] == "30" && recovery["dropped"] == "1")
            let reset = try #require(OneTimeSecret(Secret(recovery["recovery_token"] ?? "")))
            let token = try #require(try store.token(withDigest: reset.digest, for: .reset))
            #expect(token.subject == ann.user.id && token.email.text == "ann@example.org" && token.usedAt == nil)
            #expect(token.expiresAt == moving.house.clock.now() + .minutes(30))
        }
    }

    /// Everything that the thief asked for before the undo.
    @Test func `no link that was made before it works afterwards`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.move(ann, to: "thief@example.net", in: &store)
            let now = moving.house.clock.now()
            var digests: [(Digest, TokenPurpose)] = []
            for purpose in TokenPurpose.allCases where purpose != .undoEmail {
                let digest = OneTimeSecret.random().digest
                try store.insert(
                    OneTimeToken(
                        digest: digest, purpose: purpose, subject: ann.user.id, email: ann.user.email, createdAt: now,
                        expiresAt: now + .days(1)))
                digests.append((digest, purpose))
            }
            try moving.undo("ann@example.org", in: &store)
            for (digest, purpose) in digests {
                #expect(try store.token(withDigest: digest, for: purpose)?.usedAt != nil, "\(purpose)")
            }
            #expect(refusal { () throws(Failure) in try moving.undo("ann@example.org", in: &store) } == "link_invalid")
        }
    }

    @Test(
        arguments: [
            (Duration.days(7), true), (.days(7) - .milliseconds(1), false), (.zero, false), (nil, false),
        ] as [(Duration?, Bool)])
    func `only an address that was proved a week before can be brought back`(age: Duration?, isOffered: Bool) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", verified: age, in: &store)
            try moving.begin("new@example.net", by: ann, in: &store)
            try moving.confirm("new@example.net", in: &store)
            let notice = try #require(try moving.letter(.emailChanged, to: "ann@example.org", in: &store))
            #expect((notice["undo_token"] != nil) == isOffered)
            #expect(
                try store.hasLiveToken(of: ann.user.id, .undoEmail, at: moving.house.clock.now()) == isOffered)
        }
    }

    @Test(arguments: [(Duration.days(7) - .milliseconds(1), nil), (.days(7), "link_expired")])
    func `it can be taken back for a week`(age: Duration, code: String?) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.move(ann, to: "new@example.net", in: &store)
            moving.house.clock.advance(by: age)
            #expect(refusal { () throws(Failure) in try moving.undo("ann@example.org", in: &store) } == code)
        }
    }

    @Test func `while it can be taken back the account cannot be moved on or deleted`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.move(ann, to: "thief@example.net", in: &store)
            func acts() throws -> [String?] {
                let opened = try moving.house.signIn("thief@example.net", in: &store)
                let caller = try moving.caller(opened, in: &store)
                return [
                    refusal { () throws(Failure) in try moving.begin("on@example.net", by: opened, in: &store) },
                    refusal { () throws(Failure) in
                        try moving.house.users.delete(
                            caller, currentPassword: Secret(House.password), from: .test, in: &store)
                    },
                ]
            }
            #expect(try acts() == ["account_on_hold", "account_on_hold"])
            #expect(try store.user(withID: ann.user.id)?.deletedAt == nil)
            moving.house.clock.advance(by: .days(7))
            #expect(try acts() == [nil, nil])
        }
    }

    @Test func `while it can be taken back the former address is nobody else's`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let bob = try moving.settle("bob", verified: .zero, in: &store)
            try moving.begin("ann@example.org", by: bob, in: &store)  // while it is still taken
            try moving.move(ann, to: "new@example.net", in: &store)
            let fresh = try moving.house.signIn("bob", in: &store)
            let now = moving.house.clock.now()
            // A link from before it was kept, as if it had been free for a moment.
            let secret = OneTimeSecret.random()
            try store.insert(
                OneTimeToken(
                    digest: secret.digest, purpose: .changeEmail, subject: bob.user.id, email: ann.user.email,
                    createdAt: now, expiresAt: now + .days(8)))
            let confirmation = refusal { () throws(Failure) in
                try moving.follow(Secret(secret.reveal()), in: &store)
            }
            #expect(confirmation == "email_taken")
            #expect(try moving.address(of: bob, in: &store) == "bob@example.org")
            // A new one is not even made: the mailbox is told that it is somebody's.
            try moving.begin("ann@example.org", by: fresh, in: &store)
            #expect(try moving.letter(.emailTaken, to: "ann@example.org", in: &store) == [:])
            let form = RegistrationForm(
                email: "ann@example.org", username: "ann2", name: nil, password: Secret(House.password))
            let registration = refusal { () throws(Failure) in
                try moving.house.users.register(form, from: .test, in: &store)
            }
            #expect(registration == "email_taken")
            moving.house.clock.advance(by: .days(7))
            _ = try moving.house.users.register(form, from: .test, in: &store)
        }
    }

    /// A thief who comes back after the undo finds the owner protected as before.
    @Test func `after an undo the next change can be taken back as well`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.move(ann, to: "thief@example.net", in: &store)
            try moving.undo("ann@example.org", in: &store)
            let user = try #require(try store.user(withID: ann.user.id))
            let (token, secret) = moving.house.users.issue(
                .changeEmail, for: user.id, at: try #require(EmailAddress("again@example.net")), lasting: .hours(1),
                now: moving.house.clock.now())
            try store.insert(token)
            moving.house.clock.advance(by: .seconds(1))
            try moving.follow(Secret(secret.reveal()), in: &store)
            moving.house.clock.advance(by: .seconds(1))
            try moving.undo("ann@example.org", in: &store)
            #expect(try moving.address(of: ann, in: &store) == "ann@example.org")
        }
    }

    @Test func `an address that somebody has in spite of it is left to him, and the link stays`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let bob = try moving.settle("bob", verified: .zero, in: &store)
            try moving.move(ann, to: "new@example.net", in: &store)
            #expect(try store.setEmail(ann.user.email, of: bob.user.id, verifiedAt: .test, at: .test))
            #expect(refusal { () throws(Failure) in try moving.undo("ann@example.org", in: &store) } == "email_taken")
            #expect(try moving.address(of: ann, in: &store) == "new@example.net")
            #expect(try store.hasLiveToken(of: ann.user.id, .undoEmail, at: moving.house.clock.now()))
        }
    }

    @Test func `a disabled account gets its address back and stays disabled, a deleted one does not`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            try moving.move(ann, to: "thief@example.net", in: &store)
            let now = moving.house.clock.now()
            try store.setDisabled(true, ann.user.id, at: now)
            try moving.undo("ann@example.org", in: &store)
            let user = try #require(try store.user(withID: ann.user.id))
            #expect(user.email.text == "ann@example.org" && user.disabledAt == now)

            let bob = try moving.settle("bob", in: &store)
            try moving.move(bob, to: "thief@example.net", in: &store)
            try store.markDeleted(bob.user.id, at: now)
            #expect(refusal { () throws(Failure) in try moving.undo("bob@example.org", in: &store) } == "link_invalid")
        }
    }
}
