import Crypto
import Persistence
import Support
import Testing

@testable import Domain

/// Reliability R19: what cannot be undone is not done by a clock that nobody else agrees with.
@Suite struct `A wrong clock` {
    private let house = House()
    private let ledger = NotedErasures()

    private var janitor: Janitor {
        Janitor(
            clock: house.clock, users: house.users, ledger: ledger,
            terms: JanitorTerms(grace: .days(30), auditRetention: .days(400)))
    }

    /// Sets the clock to the database's.
    private func setClock(in store: inout Store) throws {
        house.clock.set(try store.take(.janitor).time)
        try store.leave(.janitor)
    }

    private func mail(lasting lifetime: Duration, in store: inout Store) throws {
        let now = house.clock.now()
        try store.enqueue(
            Mail(.test, to: .of("ann"), of: nil, values: ["token": "x"], at: now, expiry: now + lifetime))
    }

    @Test(arguments: [Duration.days(31), .seconds(-90), .seconds(90)])
    func `removes nothing and erases nobody, and the right one does afterwards`(error: Duration) throws {
        try withStore { store throws in
            try setClock(in: &store)
            let right = house.clock.now()
            // Deleted and due already, and with sessions that are over.
            house.clock.set(right - .days(31))
            let ann = try house.settle("ann", in: &store).user
            try store.markDeleted(ann.id, at: house.clock.now())
            house.clock.set(right + error)
            var janitor = janitor
            let round = try janitor.round(in: &store)
            #expect(round.removed == [:] && round.problems.isEmpty && !round.isEmpty)
            // Tests take seconds.
            let told = try #require(round.clockError)
            #expect(abs((told - error).components.seconds) < 30)
            #expect(try store.user(withID: ann.id) != nil && ledger.all == [])
            house.clock.set(right)
            let next = try janitor.round(in: &store)
            #expect(next.clockError == nil && next.removed[.users] == 1 && next.removed[.sessions] == 1)
        }
    }

    @Test(arguments: [Duration.seconds(30), .seconds(-30)])
    func `that is half a minute off is as good as another`(skew: Duration) throws {
        try withStore { store throws in
            try setClock(in: &store)
            house.clock.set(house.clock.now() + skew)
            let now = house.clock.now()
            try store.insert(
                OneTimeToken(
                    digest: Digest.sha256(of: [1]), purpose: .notMe, subject: UserID(at: now), email: .of("ann"),
                    createdAt: now - .days(9), expiresAt: now - .days(8)))
            var janitor = janitor
            #expect(try janitor.round(in: &store).removed == [.tokens: 1])
            var courier = Courier(clock: house.clock)
            try mail(lasting: .hours(1), in: &store)
            #expect(try courier.round(in: &store) { _ in .delivered } == Courier.Round(delivered: 1))
        }
    }

    @Test func `gives no mail up and sends none`() throws {
        try withStore { store throws in
            try setClock(in: &store)
            let right = house.clock.now()
            try mail(lasting: .hours(1), in: &store)
            house.clock.set(right + .days(31))
            var courier = Courier(clock: house.clock)
            let round = try courier.round(in: &store) { _ in
                Issue.record("it was sent")
                return .delivered
            }
            #expect(round.clockError != nil && round.abandoned == 0 && !round.isEmpty)
            #expect(try store.mails(in: .waiting, limit: 10).map(\.attempts) == [0])
            #expect(try store.payloads() != [nil])
            house.clock.set(right)
            #expect(try courier.round(in: &store) { _ in .delivered }.delivered == 1)
        }
    }

    /// The clock leaps while a mail is under way: what comes after it is left to the next round.
    @Test func `that leaps during a round gives nothing up`() throws {
        try withStore { store throws in
            try setClock(in: &store)
            let right = house.clock.now()
            try mail(lasting: .hours(1), in: &store)
            house.clock.advance(by: .milliseconds(1))
            try mail(lasting: .hours(2), in: &store)
            var courier = Courier(clock: house.clock)
            let round = try courier.round(in: &store) { _ in
                house.clock.set(right + .days(31))
                return .delivered
            }
            #expect(round == Courier.Round(delivered: 1))
            #expect(try store.mails(in: .waiting, limit: 10).count == 1)
            #expect(try courier.round(in: &store) { _ in .delivered }.clockError != nil)
            house.clock.set(right + .seconds(5))
            #expect(try courier.round(in: &store) { _ in .delivered }.delivered == 1)
        }
    }

    @Test(arguments: [Office.janitor, .courier]) func `leaves the work to a machine whose clock is right`(
        office: Office
    ) throws {
        try withSchema { schema throws in
            var store = schema.store()
            var other = schema.store()
            try setClock(in: &store)
            let right = house.clock.now()
            let turn = { (store: inout Store) throws(Failure) in
                try store.turn(at: office, by: house.clock, within: Office.tolerance)
            }
            #expect(try turn(&store) == .ours(at: right))
            #expect(try turn(&other) == .others)
            house.clock.set(right + .days(31))
            // Whoever has the office, and whoever has not, says that his clock is wrong.
            for _ in 0..<2 {
                guard case .clockIsWrong = try turn(&other), case .clockIsWrong = try turn(&store) else {
                    Issue.record("a wrong clock was believed")
                    return
                }
            }
            house.clock.set(right)
            #expect(try turn(&other) == .ours(at: right))
            #expect(try turn(&store) == .others)
        }
    }
}
