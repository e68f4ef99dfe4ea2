package import Persistence

/// Compares what a load client was told with what the database holds afterwards.
package struct LoadChecker {
    /// What was found, and how much there was to find it in.
    package struct Verdict: Sendable {
        /// One sentence each; empty when every promise was kept.
        package var breaches: [String] = []
        /// Acknowledged acts that were looked for.
        package var acknowledged = 0
        /// Acts without an answer of which it is now known that they happened.
        package var happenedUnseen = 0
        /// Numbers that audit events should have and no row has: acts that were ended half-way by a lost commit.
        package var auditGaps = 0
    }

    private let database: RootConnection
    private let before: Set<String>
    private var verdict = Verdict()

    /// - Parameters:
    ///   - root: the database's root, in the schema of the service.
    ///   - earlier: the logs of other loads on this database.
    package init(_ root: DatabaseSettings, after earlier: [LoadLog] = []) throws {
        database = try RootConnection(root)
        before = Set(earlier.flatMap { log in log.people.map(\.email) + log.entries.map(\.person) })
    }

    package mutating func verdict(on log: LoadLog) throws -> Verdict {
        verdict = Verdict()
        try lookForHalves()
        let found = try LoadFindings(database)
        let acts = Dictionary(grouping: log.entries.filter { $0.act != nil }, by: \.person)
        for person in log.people {
            check(person, acts[person.email] ?? [], found)
        }
        for entry in log.entries {
            if case .registration(let user, let session)? = entry.act { check(entry, user, session, found) }
        }
        let asked = Set(log.people.map(\.email)).union(acts.keys).union(before)
        for email in found.users.keys where email.hasPrefix(log.mark) && !asked.contains(email) {
            report("nobody asked for the user \(email)")
        }
        return verdict
    }

    // MARK: What must hold whatever was asked

    private static let halves: [(name: String, sql: String)] = [
        (
            "users without a password",
            """
            SELECT COUNT(*) FROM users LEFT JOIN password_hashes ON user_id = id WHERE user_id IS NULL
            """
        ),
        (
            "passwords without a user",
            """
            SELECT COUNT(*) FROM password_hashes LEFT JOIN users ON user_id = id
            WHERE id IS NULL AND user_id <> REPEAT(X'00', 16)
            """
        ),
        (
            "users whose name is not theirs",
            """
            SELECT COUNT(*) FROM users LEFT JOIN usernames ON user_id = id AND usernames.name = username
                AND released_at IS NULL
            WHERE username IS NOT NULL AND user_id IS NULL
            """
        ),
        (
            "names of nobody",
            "SELECT COUNT(*) FROM usernames LEFT JOIN users ON user_id = id WHERE id IS NULL"
        ),
        (
            "sessions without a user",
            "SELECT COUNT(*) FROM sessions LEFT JOIN users ON user_id = users.id WHERE users.id IS NULL"
        ),
        (
            "users without one event of their registration",
            """
            SELECT COUNT(*) FROM users WHERE 1 <> (SELECT COUNT(*) FROM audit_events
                WHERE subject_id = users.id AND event IN ('user.registered', 'user.created_by_operator'))
            """
        ),
        (
            "events of users that are not there",
            """
            SELECT COUNT(*) FROM audit_events LEFT JOIN users ON users.id = subject_id
            WHERE subject_id IS NOT NULL AND users.id IS NULL
            """
        ),
        (
            "sessions without one event of their beginning",
            """
            SELECT COUNT(*) FROM sessions WHERE 1 <> (SELECT COUNT(*) FROM audit_events
                WHERE session_id = sessions.id AND subject_id = user_id
                AND event IN ('user.registered', 'session.signed_in'))
            """
        ),
        (
            "changes of a password without their notice",
            """
            SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL AND
                (SELECT COUNT(*) FROM audit_events WHERE subject_id = users.id AND event = 'password.changed')
                <> (SELECT COUNT(*) FROM outbox_messages WHERE user_id = users.id AND template = 'password_changed')
            """
        ),
        (
            "budgets that are spent for more than a year",
            "SELECT COUNT(*) FROM budgets WHERE arrival > UNIX_TIMESTAMP() * 1000000 + 366 * 86400 * 1000000"
        ),
    ]

    private mutating func lookForHalves() throws {
        for (name, sql) in Self.halves {
            let count = try number(sql)
            if count != 0 { report("\(count) \(name)") }
        }
        verdict.auditGaps = try number(
            """
            SELECT COALESCE(SUM(gap), 0) FROM (SELECT MAX(sequence) - MIN(sequence) + 1 - COUNT(*) AS gap
                FROM audit_events GROUP BY incarnation) AS gaps
            """)
    }

    private func number(_ sql: String) throws -> Int {
        // SUM and COALESCE answer decimals.
        let text = try database.rows("SELECT CAST((\(sql)) AS SIGNED)").first?.first ?? nil
        return text.flatMap { Int($0) } ?? -1
    }

    // MARK: What was acknowledged

    private mutating func check(_ entry: LoadEntry, _ user: String?, _ session: String?, _ found: LoadFindings) {
        let stored = found.users[entry.person]
        if entry.isFailure {
            if stored != nil { verdict.happenedUnseen += 1 }
            if stored != nil, !entry.isAmbiguous { report("refused, but there: \(entry.person)") }
            return
        }
        verdict.acknowledged += 1
        guard let stored else { return report("acknowledged, but not there: \(entry.person)") }
        if stored.id != user.map(LoadFindings.hexadecimal) { report("another id than acknowledged: \(entry.person)") }
        guard let session else { return report("an answer without a session: \(entry.person)") }
        if found.beginnings[LoadFindings.hexadecimal(session)] != 1 { report("no event of session \(session)") }
        if !found.sessions.contains(LoadFindings.hexadecimal(session)) { report("no session \(session)") }
    }

    private mutating func check(_ person: LoadPerson, _ acts: [LoadEntry], _ found: LoadFindings) {
        guard let stored = found.users[person.email] else { return report("\(person.email) is not there any more") }
        var names: Set<String> = ["First"]
        var sessions: Set<String> = [LoadFindings.hexadecimal(person.session)]
        var counts: [String: (acknowledged: Int, ambiguous: Int)] = [:]
        func count(_ event: String, _ entry: LoadEntry) {
            counts[event, default: (0, 0)].acknowledged += entry.isFailure ? 0 : 1
            counts[event, default: (0, 0)].ambiguous += entry.isFailure && entry.isAmbiguous ? 1 : 0
        }
        for entry in acts {
            switch entry.act {
            case .rename(let name):
                count("user.profile_changed", entry)
                if !entry.isFailure { names = [name] } else if entry.isAmbiguous { names.insert(name) }
            case .signIn(let session):
                count("session.signed_in", entry)
                if let session { sessions.insert(LoadFindings.hexadecimal(session)) }
            case .passwordChange:
                count("password.changed", entry)
                // The newest survives its owner's change; those before may be gone, whether it was acknowledged or not.
                sessions = [LoadFindings.hexadecimal(person.session)]
            case .registration, nil: break
            }
        }
        if !names.contains(stored.name) { report("\(person.email) is called \(stored.name), not \(names.sorted())") }
        for session in sessions where !found.sessions.contains(session) {
            report("an acknowledged session of \(person.email) is not there: \(session)")
        }
        for (event, expected) in counts {
            let happened = found.events["\(stored.id) \(event)"] ?? 0
            let range = expected.acknowledged...(expected.acknowledged + expected.ambiguous)
            if !range.contains(happened) { report("\(happened) × \(event) of \(person.email), not \(range)") }
            verdict.acknowledged += expected.acknowledged
            verdict.happenedUnseen += max(0, happened - expected.acknowledged)
        }
    }

    private mutating func report(_ breach: String) { verdict.breaches.append(breach) }
}

/// What the database holds, read once.
struct LoadFindings {
    struct User {
        let id: String
        let name: String
    }

    /// By e-mail address.
    let users: [String: User]
    /// Ids in hexadecimal, as everywhere here.
    let sessions: Set<String>
    /// How many events tell of each session's beginning.
    let beginnings: [String: Int]
    /// How many events of a kind each user has, by `ID EVENT`.
    let events: [String: Int]

    init(_ database: RootConnection) throws {
        let users = try database.rows("SELECT CONVERT(email USING utf8mb4), LOWER(HEX(id)), name FROM users")
        self.users = Dictionary(
            users.map { ($0[0] ?? "", User(id: $0[1] ?? "", name: $0[2] ?? "")) }, uniquingKeysWith: { $1 })
        sessions = Set(try database.rows("SELECT LOWER(HEX(id)) FROM sessions").compactMap(\.first).compactMap(\.self))
        beginnings = try Self.counts(
            """
            SELECT LOWER(HEX(session_id)), COUNT(*) FROM audit_events
            WHERE event IN ('user.registered', 'session.signed_in') GROUP BY session_id
            """, database)
        events = try Self.counts(
            """
            SELECT CONCAT(LOWER(HEX(subject_id)), ' ', event), COUNT(*) FROM audit_events
            WHERE subject_id IS NOT NULL GROUP BY subject_id, event
            """, database)
    }

    private static func counts(_ sql: String, _ database: RootConnection) throws -> [String: Int] {
        Dictionary(
            try database.rows(sql).map { ($0[0] ?? "", Int($0[1] ?? "") ?? 0) }, uniquingKeysWith: +)
    }

    static func hexadecimal(_ id: String) -> String { id.filter { $0 != "-" } }
}
