import Domain
import Support
import Testing

@testable import Persistence

/// The janitor disturbs nobody: each of his statements reads about as many rows as it may remove.
@Suite struct JanitorPlanTests {
    /// Thousands of rows in every table, of which few are due.
    private func fill(_ root: RootConnection) throws {
        let due = "IF(seq % 500 = 0, '2020-01-01', '2030-01-01')"
        let id = "UNHEX(LPAD(HEX(seq), 32, '0'))"
        let hash = "UNHEX(SHA2(seq, 256))"
        for statement in [
            """
            users (id, email, email_key, erasure_salt, created_at, updated_at, deleted_at)
            SELECT \(id), seq, seq, \(id), '2020-01-01', '2020-01-01', IF(seq % 500 = 0, '2020-01-01', NULL)
            """,
            """
            sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at, created_at, last_used_at,
                idle_until, expires_at, address)
            SELECT \(hash), \(id), \(id), 'cookie', 0, 'pwd', '2020-01-01', '2020-01-01', '2020-01-01', \(due), \(due), \(id)
            """,
            "budgets (bucket, arrival, burst, is_granted) SELECT \(hash), IF(seq % 500 = 0, 1, 4000000000000000), 5, 1",
            "known_networks (user_id, network, signed_in_at) SELECT \(id), \(hash), \(due)",
            """
            one_time_tokens (token_hash, purpose, subject_id, email, email_key, created_at, expires_at)
            SELECT \(hash), 'reset', \(id), seq, seq, '2020-01-01', \(due)
            """,
            """
            registrations (id, email, email_key, browser_hash, erasure_salt, created_at, expires_at)
            SELECT \(id), seq, seq, \(hash), \(id), '2020-01-01', \(due)
            """,
            """
            outbox_messages (id, template, recipient, created_at, not_before, expires_at, delivered_at, abandoned_at)
            SELECT \(id), 'test', seq, '2020-01-01', \(due), '2020-01-01', IF(seq % 2, \(due), NULL),
                IF(seq % 4 = 0, \(due), NULL)
            """,
            """
            audit_events (id, recorded_at, incarnation, sequence, event, actor, request_id, personal, detail, key_id, mac)
            SELECT \(id), \(due), \(id), seq, 'x', 'user', \(id), '', '{}', 1, \(hash)
            """,
            """
            audit_refusals (bucket, minute, id, recorded_at, event, actor, request_id, personal, detail, key_id, mac)
            SELECT \(hash), \(due), \(id), '2020-01-01', 'x', 'user', \(id), '', '{}', 1, \(hash)
            """,
        ] { try root.run("INSERT INTO \(statement) FROM seq_1_to_5000") }
        for table in try root.rows("SHOW TABLES").compactMap({ $0[0] }) { try root.run("ANALYZE TABLE \(table)") }
    }

    /// What `audit_expire` does, which cannot be explained from outside.
    private static let within = [
        "DELETE FROM audit_events WHERE recorded_at < ? ORDER BY recorded_at LIMIT ?",
        "DELETE FROM audit_refusals WHERE minute < ? ORDER BY minute LIMIT ?",
    ]

    @Test func `every statement is bounded, and finds its rows by an index`() throws {
        try withSchema { schema throws in
            let root = try RootConnection(schema.root)
            try fill(root)
            var store = schema.store()
            let now = Instant(seconds: 1_700_000_000)
            store.startTrace()
            _ = try store.take(.janitor)
            _ = try store.removeAuditRows(before: Instant(seconds: 0), limit: 500)
            _ = try store.removeSessions(expiredBefore: Instant(seconds: 0), limit: 500)
            let walk = try store.removeIdleSessions(after: nil, idleBefore: now, limit: 500)
            _ = try store.removeIdleSessions(after: walk.end, idleBefore: now, limit: 500)
            _ = try store.removeBudgets(fullBefore: Instant(seconds: 0), limit: 500)
            _ = try store.removeNetworks(unusedSince: Instant(seconds: 0), limit: 500)
            _ = try store.removeMails(
                deliveredBefore: Instant(seconds: 0), givenUpBefore: Instant(seconds: 0), limit: 500)
            _ = try store.removeTokens(expiredBefore: Instant(seconds: 0), limit: 500)
            _ = try store.removeRegistrations(expiredBefore: now, limit: 500)
            _ = try store.users(deletedBefore: now, limit: 50)
            _ = try store.unprovedUsers(deletedBefore: now, limit: 50)
            let statements = store.takeTrace().filter { text in
                ["SELECT", "UPDATE", "DELETE"].contains { text.hasPrefix($0) } && text.contains(" FROM ")
            }
            #expect(statements.count >= 14)
            for text in statements + Self.within {
                #expect(text.contains("LIMIT ?") || text.contains(" IN (?"), "\(text)")
                for row in try root.rows("EXPLAIN " + Self.filled(text)) {
                    // id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
                    #expect(row[3] != "ALL" && row[3] != "index", "\(text): \(row)")
                    // The walk begins anywhere and ends at its limit.
                    let isWalk = text.contains("token_hash > ?")
                    #expect(isWalk || (row[8].flatMap { Int($0) } ?? 0) <= 1000, "\(text): \(row)")
                    #expect(row[9]?.contains("filesort") != true, "\(text): \(row)")
                }
            }
        }
    }

    /// Values that find few rows.
    private static func filled(_ text: String) -> String {
        var filled = ""
        for part in text.split(separator: "?", omittingEmptySubsequences: false).dropLast() {
            filled += part
            let value =
                if part.hasSuffix("LIMIT ") {
                    "500"
                } else if part.hasSuffix("token_hash > ") {
                    "UNHEX('4000')"
                } else if text.contains("arrival") {
                    "2"
                } else if part.hasSuffix("(") || part.hasSuffix(", ") {
                    "UNHEX(SHA2(500, 256))"
                } else {
                    "'2021-01-01'"
                }
            filled += value
        }
        return filled + (text.split(separator: "?", omittingEmptySubsequences: false).last ?? "")
    }
}
