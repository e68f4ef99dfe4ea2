import Crypto
import Persistence
import Support
import Testing

@testable import Domain

/// Issue 4: a week of people coming and going leaves the tables as large as they were.
@Suite struct WeekTests {
    /// Long before the database's own clock, which keeps acts of its last thirty days.
    private let start = Instant(seconds: 1_700_000_000)
    private let house = House()

    /// What is kept for weeks is kept for two days here.
    private var terms: JanitorTerms {
        var terms = JanitorTerms(grace: .days(1), auditRetention: .days(2))
        terms.networks = .days(2)
        terms.deliveredMails = .days(2)
        terms.abandonedMails = .days(2)
        terms.tokens = .days(2)
        return terms
    }

    /// How many rows a table may have more or fewer on the seventh day than on the fourth: what one hour brings.
    private static let bounds = [
        "users": 2, "sessions": 6, "known_networks": 2, "password_hashes": 6, "one_time_tokens": 6,
        "outbox_messages": 8, "registrations": 4, "budgets": 20, "audit_events": 20, "audit_refusals": 2,
        // Names are never given out again: nobody takes one here.
        "usernames": 0, "schema_migrations": 0,
    ]

    @Test func `the tables of the seventh day are as large as those of the fourth`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let root = try RootConnection(schema.root)
            let tables = try root.rows("SHOW TABLES").compactMap { $0[0] }
            #expect(Set(tables) == Set(Self.bounds.keys))
            house.clock.set(start)
            var janitor = Janitor(
                clock: house.clock, users: house.users, ledger: NotedErasures(), terms: terms,
                tolerance: .ofTests)
            var courier = Courier(clock: house.clock, tolerance: .ofTests)
            var present: [OpenedSession] = []
            var sizes: [Int: [String: Int]] = [:]
            for hour in 1...(7 * 24) {
                try live(through: hour, &present, in: &store)
                _ = try courier.round(in: &store) {
                    $0.recipient.hasPrefix("person1") ? .refused(reason: "no") : .delivered
                }
                house.clock.advance(by: .hours(1))
                let round = try janitor.round(in: &store)
                #expect(round.problems.map(\.failure.code) == [] && !round.hasMore)
                guard hour % 24 == 0 else { continue }
                for table in tables {
                    let count = try root.rows("SELECT COUNT(*) FROM \(table)")[0][0].flatMap { Int($0) }
                    sizes[hour / 24, default: [:]][table] = count
                }
            }
            for (table, bound) in Self.bounds {
                let (fourth, seventh) = (sizes[4]?[table] ?? -1, sizes[7]?[table] ?? -1)
                #expect(abs(fourth - seventh) <= bound, "\(table): \(fourth), then \(seventh)")
                // It is no plateau of nothing.
                if !["usernames", "audit_refusals"].contains(table) { #expect(fourth > 0, "\(table)") }
            }
        }
    }

    /// An hour: two people register and one signs in once more, asks for a link and is refused once; a registration is left
    /// lying; whoever came a day ago deletes his account.
    private func live(
        through hour: Int, _ present: inout [OpenedSession], in store: inout Store
    ) throws {
        let origin = Origin.from([10, 0, UInt8(hour % 200), 1])
        for number in 0..<2 {
            let form = RegistrationForm(
                email: "person\(number)-\(hour)@example.org", username: nil, name: nil,
                password: Secret(House.password), wish: SessionWish())
            present.append(try house.users.register(form, from: origin, in: &store))
        }
        let person = present[present.count - 1]
        try house.signIn(person.user.email.text, in: &store)
        let code = refusal { () throws(Failure) in
            try house.signIn(person.user.email.text, "not the password", in: &store)
        }
        #expect(code == "authentication_failed")
        try store.recordRefusal(
            bucket: Digest.sha256(of: [UInt8(hour % 3)]),
            AuditEvent(.limited, by: .anonymous, from: origin, at: house.clock.now()))
        try ask(for: person.user, in: &store)
        try leaveLying("nobody\(hour)@example.org", in: &store)
        guard present.count > 48 else { return }
        for leaving in present.prefix(2) {
            let opened = try house.signIn(leaving.user.email.text, in: &store)
            let caller = Caller(user: opened.user, session: opened.session)
            try house.users.delete(caller, currentPassword: Secret(House.password), from: origin, in: &store)
        }
        present.removeFirst(2)
    }

    /// A link to set a new password, which nobody follows.
    private func ask(for user: User, in store: inout Store) throws {
        let now = house.clock.now()
        let (token, secret) = house.users.issue(.reset, for: user.id, at: user.email, lasting: .minutes(30), now: now)
        let mail = Mail(
            .recovery, to: user.email, of: user.id, values: ["recovery_token": secret.reveal()], at: now,
            expiry: token.expiresAt)
        try store.atomically { tx throws(Failure) in
            try tx.insert(token)
            try tx.enqueue(mail)
        }
    }

    /// A registration that nobody proves.
    private func leaveLying(_ address: String, in store: inout Store) throws {
        let now = house.clock.now()
        let email = EmailAddress(storedText: address, key: address)
        let registration = Registration(
            id: UserID(at: now), email: email, username: nil, name: nil, browser: Digest.sha256(of: [1]),
            erasureSalt: Random.bytes(16), createdAt: now, expiresAt: now + .hours(24))
        let password = PasswordDigest(
            parameters: PasswordParameters(cost: .test, salt: Random.bytes(16), pepperID: 2),
            digest: Digest.sha256(of: [2]))
        let (token, _) = house.users.issue(.verify, for: registration.id, at: email, lasting: .hours(24), now: now)
        try store.atomically { tx throws(Failure) in
            try tx.insert(registration, password)
            try tx.insert(token)
        }
    }
}
