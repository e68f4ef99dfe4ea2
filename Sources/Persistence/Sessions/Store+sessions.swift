package import Crypto
package import Domain

extension Store: SessionStore {
    package mutating func insert(_ session: Session) throws(Failure) {
        _ = try write(
            """
            INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at, created_at,
                last_used_at, idle_until, expires_at, address, user_agent)
            VALUES (\(session.digest), \(session.id), \(session.userID), \(session.carrier), \(session.isRemembered),
                \(session.methods.joined(separator: " ")), \(session.authenticatedAt), \(session.createdAt),
                \(session.lastUsedAt), \(session.idleUntil), \(session.expiresAt), \(session.address),
                \(session.userAgent))
            """)
    }

    package mutating func session(withDigest digest: Digest) throws(Failure) -> (session: Session, user: User)? {
        let sql: SQL = """
            SELECT \(columns: Session.self), \(columns: User.self)
            FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.token_hash = \(digest)
            """
        guard var row = try read(sql).first else { return nil }
        return (session: try Session(&row), user: try User(&row))
    }

    /// All of one table: a second one would cost the database half as much again.
    private static let identityQuery: SQL = """
        SELECT id, carrier, is_remembered, last_used_at, idle_until, expires_at, authenticated_at, user_id,
            identity_is_active, identity_email, identity_is_verified, identity_username, identity_name, identity_role
        FROM sessions WHERE token_hash = \(nil as Digest?)
        """

    /// For a session from before its user's data stood with it, and where triggers are missing: the same columns, of the user.
    private static let usersIdentityQuery: SQL = """
        SELECT sessions.id, sessions.carrier, sessions.is_remembered, sessions.last_used_at, sessions.idle_until,
            sessions.expires_at, sessions.authenticated_at, sessions.user_id,
            users.disabled_at IS NULL AND users.deleted_at IS NULL, users.email, users.email_verified_at IS NOT NULL,
            users.username, users.name, users.role
        FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.token_hash = \(nil as Digest?)
        """

    /// The same for as many sessions as there are binds. The database needs half as long again for eight of them as for one.
    private static let identitiesQueries: [SQL] = [2, 4, 8].map { count in
        let binds = SQL(joining: Array(repeating: "\(nil as Digest?)", count: count), by: ", ")
        return """
            SELECT token_hash, id, carrier, is_remembered, last_used_at, idle_until, expires_at, authenticated_at, user_id,
                identity_is_active, identity_email, identity_is_verified, identity_username, identity_name, identity_role
            FROM sessions WHERE token_hash IN (\(fragment: binds))
            """
    }

    package mutating func prefetchIdentities(withDigests digests: [Digest]) {
        guard trustsSessions, let last = digests.last,
            let query = Store.identitiesQueries.first(where: { $0.values.count >= digests.count })
        else { return }
        let filling = Array(repeating: last, count: query.values.count - digests.count)
        guard let rows = try? read(query.with(digests + filling)) else { return }
        for digest in digests { prefetched[digest] = .some(nil) }
        for var row in rows {
            guard let digest: Digest = try? row.next() else { continue }
            guard let identity = try? Identity(ifWhole: &row) else {
                prefetched.removeValue(forKey: digest)
                continue
            }
            prefetched[digest] = identity
        }
    }

    package mutating func dropPrefetched() {
        if !prefetched.isEmpty { prefetched.removeAll(keepingCapacity: true) }
    }

    package mutating func identity(withDigest digest: Digest) throws(Failure) -> Identity? {
        if let known = prefetched[digest] { return known }
        if trustsSessions {
            guard var row = try read(Store.identityQuery.with(digest)).first else { return nil }
            if let identity = try Identity(ifWhole: &row) { return identity }
        }
        guard var row = try read(Store.usersIdentityQuery.with(digest)).first else { return nil }
        return try Identity(ifWhole: &row)
    }

    package mutating func sessions(of user: UserID, at now: Instant) throws(Failure) -> [Session] {
        try all(
            """
            SELECT \(columns: Session.self) FROM sessions
            WHERE user_id = \(user) AND idle_until > \(now) AND expires_at > \(now)
            ORDER BY created_at DESC LIMIT 1000
            """)
    }

    package mutating func noteUse(of digest: Digest, at now: Instant, idleUntil: Instant) {
        uses.note(digest, at: now, idleUntil: idleUntil)
    }

    package mutating func deleteSession(_ id: SessionID, of user: UserID) throws(Failure) -> Bool {
        try write("DELETE FROM sessions WHERE id = \(id) AND user_id = \(user)").affected > 0
    }

    package mutating func deleteSession(withDigest digest: Digest) throws(Failure) {
        _ = try write("DELETE FROM sessions WHERE token_hash = \(digest)")
    }

    package mutating func deleteSessions(of user: UserID, except kept: SessionID?) throws(Failure) -> Int {
        let none = SessionID(trusted: UserID.nobody.bytes)
        return try write("DELETE FROM sessions WHERE user_id = \(user) AND id <> \(kept ?? none)").affected
    }

    package mutating func deleteSessions(of user: UserID, since start: Instant) throws(Failure) -> Int {
        try write("DELETE FROM sessions WHERE user_id = \(user) AND created_at >= \(start)").affected
    }

    package mutating func deleteSessions(
        of user: UserID, beyond count: Int, at now: Instant
    ) throws(Failure) -> Int {
        // The database takes no LIMIT in a list of what is not to be deleted, but in a table that it makes of one.
        try write(
            """
            DELETE FROM sessions WHERE user_id = \(user) AND id NOT IN (
                SELECT id FROM (
                    SELECT id FROM sessions WHERE user_id = \(user) AND idle_until > \(now) AND expires_at > \(now)
                    ORDER BY created_at DESC, id DESC LIMIT \(count)
                ) AS kept
            )
            """
        ).affected
    }

    package mutating func noteAuthentication(in session: SessionID, at now: Instant) throws(Failure) -> Bool {
        try write("UPDATE sessions SET authenticated_at = \(now) WHERE id = \(session)").affected > 0
    }

    package mutating func noteConfirmation(in session: SessionID, at now: Instant) throws(Failure) -> Bool {
        try write("UPDATE sessions SET confirmed_at = \(now) WHERE id = \(session)").affected > 0
    }
}

extension Store {
    /// Writes down the uses that are due, or all; does nothing where another worker has noted a later one.
    package mutating func settleUses(at now: Instant, all: Bool = false) throws(Failure) {
        for batch in uses.take(at: now, all: all) {
            _ = try write(
                """
                UPDATE sessions SET last_used_at = \(batch.at), idle_until = \(batch.idleUntil)
                WHERE token_hash IN (\(fragment: Self.list(batch.digests))) AND last_used_at < \(batch.at)
                """)
        }
    }

    /// As many binds as one of three statements has: the last value fills up.
    private static func list(_ digests: [Digest]) -> SQL {
        let length = [1, 16, 256].first { $0 >= digests.count } ?? digests.count
        let filling = Array(repeating: digests.last, count: length - digests.count).compactMap(\.self)
        return SQL(joining: (digests + filling).map { "\($0)" }, by: ", ")
    }
}

extension Session: Record {
    static let columns: StaticString = """
        sessions.id, sessions.token_hash, sessions.user_id, sessions.carrier, sessions.is_remembered, \
        sessions.methods, sessions.authenticated_at, sessions.confirmed_at, sessions.created_at, sessions.last_used_at, \
        sessions.idle_until, sessions.expires_at, sessions.address, sessions.user_agent
        """

    init(_ row: inout Row) throws(Failure) {
        self.init(
            id: try row.next(), digest: try row.next(), userID: try row.next(), carrier: try row.next(),
            isRemembered: try row.next(), methods: try row.next(String.self).split(separator: " ").map(String.init),
            authenticatedAt: try row.next(), confirmedAt: try row.optional(), createdAt: try row.next(),
            lastUsedAt: try row.next(), idleUntil: try row.next(), expiresAt: try row.next(), address: try row.next(),
            userAgent: try row.optional())
    }
}

extension Identity {
    /// Nil where what is told of the user does not stand with the session.
    fileprivate init?(ifWhole row: inout Row) throws(Failure) {
        let sessionID: SessionID = try row.next()
        let use = SessionUse(
            carrier: try row.next(), isRemembered: try row.next(), lastUsedAt: try row.next(),
            idleUntil: try row.next(), expiresAt: try row.next())
        let (authenticatedAt, userID): (Instant, UserID) = (try row.next(), try row.next())
        guard let isActive: Bool = try row.optional() else { return nil }
        self.init(
            sessionID: sessionID, use: use, authenticatedAt: authenticatedAt, userID: userID, isActive: isActive,
            email: try row.next(), isVerified: try row.next(), username: try row.optional(), name: try row.optional(),
            role: try row.next())
    }
}
