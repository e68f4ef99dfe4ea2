import Crypto
import Persistence
import Support
import Testing

@testable import Domain

@Suite struct JanitorTests {
    private let house = House()
    private let ledger = NotedErasures()

    private func janitor(
        batch: Int = Janitor.batch, ledger: NotedErasures? = nil, retention: Duration = .days(400)
    ) -> Janitor {
        Janitor(
            clock: house.clock, users: house.users, ledger: ledger ?? self.ledger,
            terms: JanitorTerms(grace: .days(30), auditRetention: retention), batch: batch,
            tolerance: .ofTests)
    }

    private func round(_ janitor: inout Janitor, in store: inout Store) throws -> [Chore: Int] {
        let round = try janitor.round(in: &store)
        #expect(round.problems.map(\.failure.code) == [])
        return round.removed
    }

    private func token(_ number: UInt8, lasting lifetime: Duration, in store: inout Store) throws {
        let email = EmailAddress(storedText: "a@example.org", key: "a@example.org")
        let now = house.clock.now()
        try store.insert(
            OneTimeToken(
                digest: Digest.sha256(of: [number]), purpose: .notMe, subject: UserID(at: now), email: email,
                createdAt: now, expiresAt: now + lifetime))
    }

    private func mail(in store: inout Store) throws {
        let email = EmailAddress(storedText: "a@example.org", key: "a@example.org")
        house.clock.advance(by: .milliseconds(1))
        let now = house.clock.now()
        try store.enqueue(Mail(.test, to: email, of: nil, at: now, expiry: now + .hours(1)))
    }

    private func registration(in store: inout Store) throws -> UserID {
        let now = house.clock.now()
        let email = EmailAddress(storedText: "a@example.org", key: "a@example.org")
        let registration = Registration(
            id: UserID(at: now), email: email, username: nil, name: nil, browser: Digest.sha256(of: [1]),
            erasureSalt: Random.bytes(16), createdAt: now, expiresAt: now + .hours(24))
        let password = PasswordDigest(
            parameters: PasswordParameters(cost: .test, salt: Random.bytes(16), pepperID: 2),
            digest: Digest.sha256(of: [2]))
        try store.atomically { tx throws(Failure) in try tx.insert(registration, password) }
        return registration.id
    }

    @Test func `an ended session is removed an hour later, whether it was too old or unused for too long`() throws {
        try withStore { store throws in
            var janitor = janitor()
            try house.register("ann", in: &store)
            let remembered = try house.signIn("ann", wish: SessionWish(remember: true), in: &store).session
            // Unused for two hours; the remembered one may be for fourteen days.
            house.clock.advance(by: .hours(3))
            #expect(try round(&janitor, in: &store)[.sessions] == nil)
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store)[.sessions] == 1)
            house.clock.set(remembered.expiresAt + .hours(1))
            // Used until its last day, as far as the row says.
            store.noteUse(of: remembered.digest, at: house.clock.now(), idleUntil: house.clock.now() + .days(14))
            try store.settleUses(at: house.clock.now(), all: true)
            #expect(try round(&janitor, in: &store)[.sessions] == nil)
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store)[.sessions] == 1)
        }
    }

    @Test func `the walk comes to every unused session in time, and begins anew at the end`() throws {
        try withStore { store throws in
            var janitor = janitor(batch: 4)
            try house.register("ann", in: &store)
            for _ in 0..<9 { try house.signIn("ann", in: &store) }
            house.clock.advance(by: .hours(3) + .seconds(1))
            var removed: [Int] = []
            for _ in 0..<5 { removed.append(try round(&janitor, in: &store)[.sessions] ?? 0) }
            #expect(removed == [4, 4, 2, 0, 0])
            try house.signIn("ann", in: &store)
            house.clock.advance(by: .hours(3) + .seconds(1))
            #expect(try round(&janitor, in: &store)[.sessions] == 1)
        }
    }

    @Test func `a bucket that is full since an hour is forgotten`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let spending = Spending(
                bucket: Digest.sha256(of: [1]), budget: Budget(burst: 5, every: .minutes(10)))
            #expect(try store.spend([spending], at: house.clock.now()) == nil)
            house.clock.advance(by: .minutes(70))
            #expect(try round(&janitor, in: &store) == [:])
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store) == [.budgets: 1])
            #expect(try store.arrivals(of: [spending.bucket]) == [:])
        }
    }

    @Test func `acts and refusals are kept for as long as the settings say`() throws {
        try withStore { store throws in
            // The database has a clock of its own, which is later than any that tests set.
            house.clock.set(Instant(seconds: 1_700_000_000))
            var janitor = janitor(retention: .days(31))
            let event = AuditEvent(.limited, by: .anonymous, from: .test, at: house.clock.now())
            try store.record(event)
            try store.recordRefusal(bucket: Digest.sha256(of: [1]), event)
            house.clock.advance(by: .days(31))
            #expect(try round(&janitor, in: &store)[.audit] == 1)  // the minute of the refusal began before it
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store) == [.audit: 1])
            #expect(try store.auditEvents() == [])
        }
    }

    @Test func `a network is forgotten after thirty days without a sign-in`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let ann = try house.register("ann", in: &store).user
            try house.signIn("ann", in: &store)
            house.clock.advance(by: .days(30))
            _ = try round(&janitor, in: &store)
            let network = house.users.budgets.networkName(of: .test)
            #expect(try store.candidate(withID: ann.id, from: network).networkSeenAt != nil)
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store)[.networks] == 1)
            #expect(try store.candidate(withID: ann.id, from: network).networkSeenAt == nil)
        }
    }

    @Test func `a delivered mail is told of for a week, one that was given up or never tried for thirty days`() throws {
        try withStore { store throws in
            var janitor = janitor()
            for _ in 0..<3 { try mail(in: &store) }
            let start = house.clock.now()
            let mails = try store.mails(in: nil, limit: 10)
            // The newest is never tried.
            try store.noteDelivery(of: mails[1].id, at: start)
            try store.abandon(mails[2].id, problem: "no", isWorthless: false, at: start)
            var left: [Int] = []
            for age in [Duration.days(7), .days(7) + .seconds(1), .days(30), .days(30) + .seconds(1)] {
                house.clock.set(start + age)
                _ = try round(&janitor, in: &store)
                left.append(try store.mails(in: nil, limit: 10).count)
            }
            #expect(left == [3, 2, 2, 0])
        }
    }

    @Test func `a link is known for a week after its end, used or not`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let start = house.clock.now()
            try token(1, lasting: .minutes(10), in: &store)
            try token(2, lasting: .days(7), in: &store)
            let used = try #require(try store.token(withDigest: Digest.sha256(of: [1]), for: .notMe))
            #expect(try store.use(used, at: start))
            house.clock.set(start + .days(7) + .minutes(10))
            #expect(try round(&janitor, in: &store) == [:])
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store) == [.tokens: 1])
            house.clock.set(start + .days(14) + .seconds(1))
            #expect(try round(&janitor, in: &store) == [.tokens: 1])
        }
    }

    @Test func `a registration goes with its password, unless it has become a user`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let lost = try registration(in: &store)
            let kept = try registration(in: &store)
            let now = house.clock.now()
            let email = EmailAddress(storedText: "b@example.org", key: "b@example.org")
            _ = try store.insert(
                User(id: kept, email: email, erasureSalt: Random.bytes(16), createdAt: now, updatedAt: now))
            house.clock.advance(by: .hours(25))
            #expect(try round(&janitor, in: &store) == [:])
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store) == [.registrations: 2])
            #expect(try store.registration(withID: lost) == nil)
            #expect(try store.passwordParameters(ofRegistration: lost) == nil)
            #expect(try store.passwordParameters(ofRegistration: kept) != nil)
        }
    }

    @Test func `who deleted his account is erased when the grace is over, and written down`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let ann = try house.settle("ann", in: &store).user
            try house.settle("bob", in: &store)
            try store.markDeleted(ann.id, at: house.clock.now())
            house.clock.advance(by: .days(30))
            _ = try round(&janitor, in: &store)
            #expect(try store.user(withID: ann.id) != nil && ledger.all == [])
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store)[.users] == 1)
            #expect(try store.user(withID: ann.id) == nil)
            #expect(ledger.all == [Erasure(of: ann.id, at: house.clock.now(), because: .deleted)])
            let last = try #require(try store.auditEvents().last)
            #expect(last.event == "user.erased" && last.actor == "janitor" && last.detail == #"{"reason":"deleted"}"#)
        }
    }

    /// Whoever registered with a stranger's address does not keep it from him by leaving.
    @Test func `who never proved his address is erased at once when he deletes his account`() throws {
        try withStore { store throws in
            var janitor = janitor()
            let thief = try house.register("ann", in: &store)
            try house.register("bob", in: &store)
            try house.users.delete(
                Caller(user: thief.user, session: thief.session), currentPassword: Secret(House.password), from: .test,
                in: &store)
            house.clock.advance(by: .seconds(1))
            #expect(try round(&janitor, in: &store)[.users] == 1)
            #expect(ledger.all.map(\.userID) == [thief.user.id])
            let form = RegistrationForm(
                email: "ann@example.org", username: nil, name: nil, password: Secret(House.other), wish: SessionWish())
            _ = try house.users.register(form, from: .test, in: &store)
            #expect(try round(&janitor, in: &store)[.users] == nil)
        }
    }

    @Test func `a ledger that cannot be written stops erasing for ten minutes, and nothing else`() throws {
        try withStore { store throws in
            let broken = NotedErasures(broken: true)
            var janitor = janitor(ledger: broken)
            let ann = try house.register("ann", in: &store).user
            try store.markDeleted(ann.id, at: house.clock.now())
            try token(1, lasting: .minutes(1), in: &store)
            house.clock.advance(by: .days(31))
            let first = try janitor.round(in: &store)
            #expect(first.problems.map(\.chore) == [.users])
            #expect(first.problems.first?.failure.code == "fault: the ledger is full")
            #expect(first.removed[.tokens] == 1)
            #expect(try round(&janitor, in: &store)[.users] == nil)
            house.clock.advance(by: .minutes(10))
            #expect(try janitor.round(in: &store).problems.map(\.chore) == [.users])
            #expect(try store.user(withID: ann.id) != nil)
        }
    }

    @Test func `a batch removes no more than its size, and says that there is more`() throws {
        try withStore { store throws in
            var janitor = janitor(batch: 3)
            for number in 0..<7 { try token(UInt8(number), lasting: .minutes(1), in: &store) }
            for _ in 0..<7 { _ = try registration(in: &store) }
            house.clock.advance(by: .days(8))
            var removed: [[Int]] = []
            var more: [Bool] = []
            for _ in 0..<4 {
                let round = try janitor.round(in: &store)
                removed.append([round.removed[.tokens] ?? 0, round.removed[.registrations] ?? 0])
                more.append(round.hasMore)
            }
            #expect(removed == [[3, 3], [3, 3], [1, 1], [0, 0]])
            #expect(more == [true, true, false, false])
        }
    }

    @Test func `of two janitors one works, and when he is gone the other goes on where he was`() throws {
        try withSchema { schema throws in
            var other = schema.store()
            var successor = janitor(batch: 3)
            do {
                var store = schema.store()
                var janitor = janitor(batch: 3)
                for number in 0..<7 { try token(UInt8(number), lasting: .minutes(1), in: &store) }
                house.clock.advance(by: .days(8))
                #expect(try janitor.round(in: &store).removed == [.tokens: 3])
                let idle = try successor.round(in: &other)
                #expect(idle.removed == [:] && !idle.hasMore)
                #expect(try janitor.round(in: &store).removed == [.tokens: 3])
            }
            #expect(eventually { (try? other.take(.janitor).isHeld) == true })
            #expect(try successor.round(in: &other).removed == [.tokens: 1])
            #expect(ledger.all == [])
        }
    }

    @Test func `whom a janitor had only written down when he came to grief is erased by the next one`() throws {
        try withSchema { schema throws in
            let root = try RootConnection(schema.root)
            let ann: User
            do {
                var store = schema.store()
                ann = try house.register("ann", in: &store).user
                try store.markDeleted(ann.id, at: house.clock.now())
                house.clock.advance(by: .days(31))
                var janitor = janitor()
                // In the middle of his transaction.
                try root.run("RENAME TABLE usernames TO usernames_away")
                #expect(try janitor.round(in: &store).problems.map(\.chore) == [.users])
                try root.run("RENAME TABLE usernames_away TO usernames")
            }
            #expect(ledger.all.map(\.userID) == [ann.id])
            #expect(try root.rows("SELECT COUNT(*) FROM users") == [["1"]])
            // Hers and the decoy.
            #expect(try root.rows("SELECT COUNT(*) FROM password_hashes") == [["2"]])
            var store = schema.store()
            var next = janitor()
            #expect(try eventually { try round(&next, in: &store)[.users] == 1 })
            #expect(ledger.all.map(\.userID) == [ann.id, ann.id])
            #expect(try root.rows("SELECT COUNT(*) FROM password_hashes") == [["1"]])
        }
    }
}
