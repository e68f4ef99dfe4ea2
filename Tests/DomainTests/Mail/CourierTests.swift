import Crypto
import Domain
import Persistence
import Support
import Testing

@testable import Domain

@Suite struct CourierTests {
    private let clock = TestClock()

    /// Queues a mail to each of these.
    private func queue(_ names: [String], in store: inout Store, lifetime: Duration = .hours(1)) throws {
        for name in names {
            // Of the same instant no one comes first.
            clock.advance(by: .milliseconds(1))
            let address = EmailAddress(storedText: "\(name)@example.org", key: "\(name)@example.org")
            try store.enqueue(
                Mail(
                    .test, to: address, of: nil, values: ["token": "canary-\(name)"], at: clock.now(),
                    expiry: clock.now() + lifetime))
        }
    }

    /// Runs one round whose deliveries come to what is said for each name; tells who was tried.
    private func round(
        _ courier: inout Courier, in store: inout Store, _ outcome: (String) -> DeliveryOutcome
    ) throws -> (round: Courier.Round, tried: [String]) {
        var tried: [String] = []
        let round = try courier.round(in: &store) { mail in
            let name = String(mail.recipient.prefix { $0 != "@" })
            #expect(mail.values == ["token": "canary-\(name)"])
            tried.append(name)
            return outcome(name)
        }
        return (round, tried)
    }

    @Test func `what is delivered is not tried again, and what it said is gone`() throws {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann", "bob"], in: &store)
            let first = try round(&courier, in: &store) { _ in .delivered }
            #expect(first.tried == ["ann", "bob"])
            #expect(first.round == Courier.Round(delivered: 2))
            clock.advance(by: .days(1))
            #expect(try round(&courier, in: &store) { _ in .delivered }.round.isEmpty)
            #expect(try store.mails(in: .delivered, limit: 10).map(\.attempts) == [1, 1])
            #expect(try store.payloads() == [nil, nil])
        }
    }

    @Test func `a refusal for now waits a while, and another mail does not`() throws {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann", "bob"], in: &store)
            let outcome: (String) -> DeliveryOutcome = { $0 == "ann" ? .postponed(reason: "451 later") : .delivered }
            #expect(try round(&courier, in: &store, outcome).tried == ["ann", "bob"])
            clock.advance(by: .seconds(10))
            #expect(try round(&courier, in: &store, outcome).tried == [])
            clock.advance(by: .seconds(10))
            #expect(try round(&courier, in: &store, outcome).tried == ["ann"])
            let mail = try #require(try store.mails(in: .waiting, limit: 10).first)
            #expect(mail.problem == "451 later")
            #expect(mail.attempts == 2)
        }
    }

    @Test func `a refusal for good is given up, and an operator can try it again as long as it is worth something`()
        throws
    {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann"], in: &store)
            #expect(try round(&courier, in: &store) { _ in .refused(reason: "550 nobody") }.round.abandoned == 1)
            clock.advance(by: .minutes(30))
            #expect(try round(&courier, in: &store) { _ in .delivered }.tried == [])
            let mail = try #require(try store.mails(in: .abandoned, limit: 10).first)
            #expect(try store.retryMail(mail.id, at: clock.now()))
            #expect(try round(&courier, in: &store) { _ in .refused(reason: "550 nobody") }.tried == ["ann"])
            clock.advance(by: .minutes(30))
            #expect(try !store.retryMail(mail.id, at: clock.now()))
        }
    }

    @Test func `what comes too late is not sent, and says nothing any more`() throws {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann"], in: &store, lifetime: .minutes(10))
            clock.advance(by: .minutes(10))
            let result = try round(&courier, in: &store) { _ in .delivered }
            #expect(result.tried == [])
            #expect(result.round.abandoned == 1)
            #expect(try store.payloads() == [nil])
        }
    }

    @Test func `a server that is away keeps the others waiting, and costs no mail its turn`() throws {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann", "bob", "cid"], in: &store)
            let away = try round(&courier, in: &store) { _ in .unreachable(reason: "connection refused") }
            #expect(away.tried == ["ann"])
            #expect(away.round.obstacle == "connection refused")
            clock.advance(by: .minutes(1))
            #expect(try Set(round(&courier, in: &store) { _ in .delivered }.tried) == ["ann", "bob", "cid"])
        }
    }

    @Test func `a mail that another courier has claimed is left to him, for some minutes`() throws {
        try withStore { store throws in
            var courier = Courier(clock: clock, tolerance: .ofTests)
            try queue(["ann"], in: &store)
            let mail = try #require(try store.dueMail(at: clock.now(), limit: 1).first)
            #expect(try store.claim(mail, until: clock.now() + .minutes(5)))
            #expect(try !store.claim(mail, until: clock.now() + .minutes(5)))
            #expect(try round(&courier, in: &store) { _ in .delivered }.tried == [])
            clock.advance(by: .minutes(5))
            #expect(try round(&courier, in: &store) { _ in .delivered }.tried == ["ann"])
        }
    }

    @Test(arguments: [(0, 15), (600, 15), (1200, 30), (3600, 90), (36_000, 900), (864_000, 900)])
    func `the pause is a fortieth of the age, within bounds`(age: Int, pause: Int) {
        let mail = QueuedMail(
            id: MessageID(at: .test), template: "test", recipient: "a@b.org", values: [:], createdAt: .test,
            expiresAt: .test + .days(20), attempts: 3)
        let now = Instant.test + .seconds(age)
        #expect(Courier.pause(of: mail, at: now, chance: 0.5) == .seconds(pause))
        #expect(Courier.pause(of: mail, at: now, chance: 0) == .milliseconds(pause * 750))
        #expect(Courier.pause(of: mail, at: now, chance: 1) == .milliseconds(pause * 1250))
    }
}
