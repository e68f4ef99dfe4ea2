package import Crypto
package import Domain

/// Whatever is removed is found by an index, from its oldest row on.
extension Store: JanitorDesk {
    package mutating func removeSessions(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int {
        try write("DELETE FROM sessions WHERE expires_at < \(end) ORDER BY expires_at LIMIT \(limit)").affected
    }

    package mutating func removeIdleSessions(
        after digest: Digest?, idleBefore end: Instant, limit: Int
    ) throws(Failure) -> (removed: Int, end: Digest?) {
        // No hash begins so.
        let start = digest.map(\.bytes) ?? []
        var page: [(digest: Digest, isOver: Bool)] = []
        for var row in try read(
            """
            SELECT token_hash, idle_until < \(end) FROM sessions WHERE token_hash > \(start)
            ORDER BY token_hash LIMIT \(limit)
            """)
        {
            page.append((try row.next(), try row.next()))
        }
        let over = page.filter(\.isOver).map(\.digest)
        var removed = 0
        if !over.isEmpty {
            // It may have been used meanwhile.
            removed = try write(
                "DELETE FROM sessions WHERE token_hash IN (\(fragment: Store.list(over))) AND idle_until < \(end)"
            ).affected
        }
        return (removed, page.count < limit ? nil : page.last?.digest)
    }

    package mutating func removeBudgets(fullBefore end: Instant, limit: Int) throws(Failure) -> Int {
        try write("DELETE FROM budgets WHERE arrival < \(end.microseconds) ORDER BY arrival LIMIT \(limit)").affected
    }

    package mutating func removeAuditRows(before end: Instant, limit: Int) throws(Failure) -> Int {
        var row = try write("SELECT audit_expire(\(end), \(limit))").rows.first
        return try row?.next(Int.self) ?? 0
    }

    package mutating func removeNetworks(unusedSince end: Instant, limit: Int) throws(Failure) -> Int {
        try write("DELETE FROM known_networks WHERE signed_in_at < \(end) ORDER BY signed_in_at LIMIT \(limit)")
            .affected
    }

    package mutating func removeMails(
        deliveredBefore delivered: Instant, givenUpBefore abandoned: Instant, limit: Int
    ) throws(Failure) -> Int {
        var removed = try write(
            "DELETE FROM outbox_messages WHERE delivered_at < \(delivered) ORDER BY delivered_at LIMIT \(limit)"
        ).affected
        removed += try write(
            """
            DELETE FROM outbox_messages WHERE delivered_at IS NULL AND abandoned_at < \(abandoned)
            ORDER BY delivered_at, abandoned_at LIMIT \(limit)
            """
        ).affected
        // A mail that was tried is due again within minutes: one that was due so long ago never was.
        removed += try write(
            """
            DELETE FROM outbox_messages WHERE delivered_at IS NULL AND abandoned_at IS NULL AND not_before < \(abandoned)
            ORDER BY delivered_at, abandoned_at, not_before LIMIT \(limit)
            """
        ).affected
        return removed
    }

    package mutating func removeTokens(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int {
        try write("DELETE FROM one_time_tokens WHERE expires_at < \(end) ORDER BY expires_at LIMIT \(limit)").affected
    }

    package mutating func removeRegistrations(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int {
        try atomically { store throws(Failure) in
            var ids: [UserID] = []
            for var row in try store.read(
                """
                SELECT id FROM registrations WHERE expires_at < \(end) ORDER BY expires_at LIMIT \(limit) FOR UPDATE
                """)
            {
                ids.append(try row.next())
            }
            guard !ids.isEmpty else { return 0 }
            let list = Store.list(ids)
            // The password of one that has become a user is his.
            _ = try store.write(
                """
                SELECT password_drop(id) FROM registrations
                WHERE id IN (\(fragment: list)) AND NOT EXISTS (SELECT 1 FROM users WHERE users.id = registrations.id)
                """)
            return try store.write("DELETE FROM registrations WHERE id IN (\(fragment: list))").affected
        }
    }

    package mutating func users(deletedBefore end: Instant, limit: Int) throws(Failure) -> [User] {
        try all(
            """
            SELECT \(columns: User.self) FROM users WHERE deleted_at < \(end) ORDER BY deleted_at LIMIT \(limit)
            """)
    }

    package mutating func unprovedUsers(deletedBefore end: Instant, limit: Int) throws(Failure) -> [User] {
        try all(
            """
            SELECT \(columns: User.self) FROM users WHERE email_verified_at IS NULL AND deleted_at < \(end)
            ORDER BY deleted_at LIMIT \(limit)
            """)
    }

    /// As many binds as one of a few statements has: the last value fills up.
    private static func list(_ values: [some ValueConvertible]) -> SQL {
        let length = [16, 64, 512].first { $0 >= values.count } ?? values.count
        let filling = values.last.map { Array(repeating: $0, count: length - values.count) } ?? []
        return SQL(joining: (values + filling).map { "\($0)" }, by: ", ")
    }
}
