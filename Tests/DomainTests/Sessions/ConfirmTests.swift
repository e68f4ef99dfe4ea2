import Crypto
import Persistence
import Support
import Testing

@testable import Domain

@Suite struct `Proving again who is there` {
    private let moving = Moving()

    private func send(_ opened: OpenedSession, in store: inout Store) throws(Failure) -> String {
        // Of two mails of one instant none is the newer.
        moving.house.clock.advance(by: .milliseconds(1))
        try moving.house.sessions.sendCode(to: try moving.caller(opened, in: &store), from: .test, in: &store)
        let letter = try moving.letter(.confirmationCode, to: opened.user.email.text, in: &store)
        return letter?["code"] ?? ""
    }

    private func confirm(_ proof: IdentityProof, _ opened: OpenedSession, in store: inout Store) -> String? {
        refusal { () throws(Failure) in
            try moving.house.sessions.confirm(
                proof, of: try moving.caller(opened, in: &store), from: .test, in: &store)
        }
    }

    /// Twenty minutes after the sign-in nothing is fresh.
    private func staleSession(_ name: String, in store: inout Store) throws(Failure) -> OpenedSession {
        let opened = try moving.settle(name, in: &store)
        moving.house.clock.advance(by: .minutes(20))
        return opened
    }

    private func wrong(_ code: String) -> IdentityProof {
        .code(Secret((code.first == "0" ? "1" : "0") + code.dropFirst()))
    }

    @Test(
        arguments: [
            (Duration.zero, nil, true, true), (.minutes(10), nil, true, true),
            (.minutes(10) + .microseconds(1), nil, false, false), (.minutes(20), .minutes(15), false, true),
            (.minutes(20), .minutes(10), false, true), (.minutes(20), .minutes(9), false, false),
            (.minutes(5), .zero, true, true),
        ] as [(Duration, Duration?, Bool, Bool)])
    func `a password proves for ten minutes, a code proves less`(
        age: Duration, confirmed: Duration?, isStrong: Bool, isWeak: Bool
    ) throws {
        let user = User(
            id: UserID(at: .test), email: EmailAddress(storedText: "a@b", key: "a@b"), erasureSalt: [],
            createdAt: .test, updatedAt: .test)
        var session = SessionTerms.standard.open(
            for: user, SessionWish(), methods: ["pwd"], from: .test, at: .test
        ).session
        session.confirmedAt = confirmed.map { .test + $0 }
        #expect(Freshness.strong.isMet(by: session, at: .test + age) == isStrong)
        #expect(Freshness.weak.isMet(by: session, at: .test + age) == isWeak)
    }

    @Test func `no stranger uses up the codes of somebody, and he gets no more than others get links`() throws {
        var limits = Limits.generous
        limits.mailAddress = Budget(burst: 2, every: .minutes(30))
        let moving = Moving(House(limits: limits))
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            for _ in 0..<2 {
                try moving.house.users.beginRecovery(of: "ann@example.org", from: .test, in: &store)
                try moving.house.users.resendVerification(
                    to: "ann@example.org", browser: nil, from: .test, in: &store)
            }
            let codes = (0..<3).map { _ in
                refusal { () throws(Failure) in
                    try moving.house.sessions.sendCode(
                        to: try moving.caller(ann, in: &store), from: .test, in: &store)
                }
            }
            #expect(codes == [nil, nil, "rate_limited"])
        }
    }

    @Test func `the password makes this session fresh, and no other`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let other = try moving.house.signIn("ann", in: &store)
            moving.house.clock.advance(by: .minutes(20))
            let before = try store.auditEvents().count
            #expect(confirm(.password(Secret(House.password)), ann, in: &store) == nil)
            let now = moving.house.clock.now()
            #expect(try moving.caller(ann, in: &store).session.authenticatedAt == now)
            #expect(try moving.caller(other, in: &store).session.authenticatedAt == now - .minutes(20))
            let events = try store.auditEvents().dropFirst(before)
            #expect(events.map(\.event) == ["session.confirmed"])
            #expect(events.first?.detail == "{\"by\":\"pwd\"}" && events.first?.session == ann.session.id)
            try moving.begin("ann@example.net", by: ann, in: &store)
        }
    }

    @Test func `a wrong password leaves one row and no freshness`() throws {
        try withStore { store throws in
            let ann = try staleSession("ann", in: &store)
            let before = try store.auditEvents().count
            #expect(confirm(.password(Secret(House.other)), ann, in: &store) == "invalid_password")
            #expect(try store.auditEvents().dropFirst(before).map(\.event) == ["session.confirmation_failed"])
            let session = try moving.caller(ann, in: &store).session
            #expect(!Freshness.weak.isMet(by: session, at: moving.house.clock.now()))
        }
    }

    @Test func `a mailed code makes it fresh enough for a deletion, once`() throws {
        try withStore { store throws in
            let ann = try staleSession("ann", in: &store)
            let before = try store.auditEvents().count
            let code = try send(ann, in: &store)
            #expect(code.wholeMatch(of: /[0-9]{8}/) != nil)
            let spaced = code.prefix(4) + " " + code.suffix(4)
            #expect(confirm(.code(Secret(String(spaced))), ann, in: &store) == nil)
            let caller = try moving.caller(ann, in: &store)
            #expect(caller.session.confirmedAt == moving.house.clock.now())
            #expect(confirm(.code(Secret(code)), ann, in: &store) == "invalid_code")
            let events = try store.auditEvents().dropFirst(before)
            #expect(
                events.map(\.event) == ["session.code_sent", "session.confirmed", "session.confirmation_failed"])
            #expect(events.dropFirst().first?.detail == "{\"by\":\"code\"}")
            try moving.house.users.delete(caller, currentPassword: nil, from: .test, in: &store)
        }
    }

    @Test func `a code is no plain hash, and says nothing in the table`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let code = try send(ann, in: &store)
            #expect(try store.token(withDigest: .sha256(of: Array(code.utf8)), for: .confirm) == nil)
            #expect(try store.hasLiveToken(of: ann.user.id, .confirm, at: moving.house.clock.now()))
        }
    }

    @Test func `a wrong code and the code of another session are refused`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let other = try moving.house.signIn("ann", in: &store)
            let bob = try moving.settle("bob", verified: .zero, in: &store)
            let code = try send(ann, in: &store)
            #expect(confirm(wrong(code), ann, in: &store) == "invalid_code")
            #expect(confirm(.code(Secret(code)), other, in: &store) == "invalid_code")
            #expect(confirm(.code(Secret(code)), bob, in: &store) == "invalid_code")
            #expect(confirm(.code(Secret(code)), ann, in: &store) == nil)
        }
    }

    @Test(arguments: ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "12345678\n"])
    func `what cannot be a code is refused and counts as no try`(text: String) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let before = try store.auditEvents().count
            #expect(confirm(.code(Secret(text)), ann, in: &store) == "invalid_code")
            #expect(try store.auditEvents().count == before)
        }
    }

    @Test(arguments: [(Duration.minutes(10) - .milliseconds(1), nil), (.minutes(10), "invalid_code")])
    func `a code lives for ten minutes`(age: Duration, outcome: String?) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let code = try send(ann, in: &store)
            moving.house.clock.advance(by: age)
            #expect(confirm(.code(Secret(code)), ann, in: &store) == outcome)
        }
    }

    @Test func `a newer code makes the older one void`() throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let first = try send(ann, in: &store)
            let second = try send(ann, in: &store)
            if first != second { #expect(confirm(.code(Secret(first)), ann, in: &store) == "invalid_code") }
            #expect(confirm(.code(Secret(second)), ann, in: &store) == nil)
        }
    }

    /// A hundred million codes and ten minutes: what keeps a stolen session from guessing is the limit.
    @Test func `tries of a code are counted like tries of the password`() throws {
        var limits = Limits.generous
        limits.signIn.account = Budget(burst: 3, every: .hours(1))
        limits.network = Budget(burst: 3, every: .hours(1))
        let moving = Moving(House(limits: limits))
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let caller = try moving.caller(ann, in: &store)
            try moving.house.sessions.sendCode(to: caller, from: .test, in: &store)
            let code = try moving.letter(.confirmationCode, to: "ann@example.org", in: &store)?["code"] ?? ""
            func attempt(_ proof: IdentityProof) -> String? {
                refusal { () throws(Failure) in
                    try moving.house.sessions.confirm(proof, of: caller, from: .test, in: &store)
                }
            }
            #expect((0..<3).map { _ in attempt(wrong(code)) } == ["invalid_code", "invalid_code", "invalid_code"])
            #expect(attempt(.code(Secret(code))) == "rate_limited")
            #expect(attempt(.password(Secret(House.password))) == "rate_limited")
        }
    }

    @Test func `codes are mailed as often as other mails, and to no address that was not proved`() throws {
        var limits = Limits.generous
        limits.mailAddress = Budget(burst: 2, every: .minutes(12))
        let moving = Moving(House(limits: limits))
        try withStore { store throws in
            func codes(_ opened: OpenedSession) throws(Failure) -> [String?] {
                let caller = try moving.caller(opened, in: &store)
                return (0..<3).map { _ in
                    refusal { () throws(Failure) in
                        try moving.house.sessions.sendCode(to: caller, from: .test, in: &store)
                    }
                }
            }
            #expect(try codes(try moving.settle("ann", in: &store)) == [nil, nil, "rate_limited"])
            let refused = try codes(try moving.settle("bob", verified: nil, in: &store))
            #expect(refused == [String?](repeating: "email_not_verified", count: 3))
            #expect(try store.outbox().count == 2)
        }
    }

    @Test func `of fifty uses of one code at once one succeeds`() throws {
        try withSchema { schema throws in
            let moving = moving
            let (caller, code) = try schema.store { store throws in
                let ann = try moving.settle("ann", in: &store)
                return (try moving.caller(ann, in: &store), try send(ann, in: &store))
            }
            let uses = inParallel(50, threads: 16, schema) { _, store throws(Failure) in
                try moving.house.sessions.confirm(.code(Secret(code)), of: caller, from: .test, in: &store)
            }
            #expect(uses.count { $0 == nil } == 1 && uses.count { $0 == "invalid_code" } == 49, "\(uses)")
        }
    }

    @Test func `the offer says what is possible and how long the session is fresh`() throws {
        try withStore { store throws in
            func offer(_ opened: OpenedSession) throws(Failure) -> ConfirmationOffer {
                try moving.house.sessions.confirmationOffer(
                    for: try moving.caller(opened, in: &store), from: .test, in: &store)
            }
            let ann = try moving.settle("ann", in: &store)
            let signedIn = moving.house.clock.now()
            #expect(
                try offer(ann)
                    == ConfirmationOffer(methods: [.password, .code], freshUntil: signedIn + .minutes(10)))
            moving.house.clock.advance(by: .minutes(11))
            #expect(try offer(ann) == ConfirmationOffer(methods: [.password, .code], freshUntil: nil))
            try store.dropPassword(of: ann.user.id)
            let code = try send(ann, in: &store)
            #expect(confirm(.code(Secret(code)), ann, in: &store) == nil)
            let until = moving.house.clock.now() + .minutes(10)
            #expect(try offer(ann) == ConfirmationOffer(methods: [.code], freshUntil: until))
            let bob = try moving.settle("bob", verified: nil, in: &store)
            #expect(try offer(bob).methods == [.password])
        }
    }
}
