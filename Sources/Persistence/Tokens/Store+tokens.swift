package import Crypto
package import Domain

extension Store: TokenStore {
    package mutating func insert(_ token: OneTimeToken) throws(Failure) {
        _ = try write(
            """
            INSERT INTO one_time_tokens (token_hash, purpose, subject_id, email, email_key, event, event_at, created_at,
                expires_at, used_at)
            VALUES (\(token.digest), \(token.purpose.rawValue), \(token.subject), \(token.email.text),
                \(token.email.key), \(token.event?.rawValue), \(token.eventAt), \(token.createdAt), \(token.expiresAt),
                \(token.usedAt))
            """)
    }

    package mutating func token(
        withDigest digest: Digest, for purpose: TokenPurpose
    ) throws(Failure) -> OneTimeToken? {
        try first(
            """
            SELECT \(columns: OneTimeToken.self) FROM one_time_tokens
            WHERE token_hash = \(digest) AND purpose = \(purpose.rawValue)
            """)
    }

    package mutating func use(_ token: OneTimeToken, at now: Instant) throws(Failure) -> Bool {
        try write(
            """
            UPDATE one_time_tokens SET used_at = \(now)
            WHERE token_hash = \(token.digest) AND used_at IS NULL AND expires_at > \(now)
            """
        ).affected > 0
    }

    package mutating func voidTokens(
        of subject: UserID, for purposes: [TokenPurpose], at now: Instant
    ) throws(Failure) {
        try voidTokens(of: subject, for: purposes, since: Instant(seconds: 0), at: now)
    }

    package mutating func voidTokens(
        of subject: UserID, for purposes: [TokenPurpose], since start: Instant, at now: Instant
    ) throws(Failure) {
        guard !purposes.isEmpty else { return }
        let names = SQL(joining: purposes.map { "\($0.rawValue)" }, by: ", ")
        _ = try write(
            """
            UPDATE one_time_tokens SET used_at = \(now)
            WHERE subject_id = \(subject) AND purpose IN (\(fragment: names)) AND used_at IS NULL
                AND created_at >= \(start)
            """)
    }

    package mutating func hasLiveToken(
        for email: EmailAddress, _ purpose: TokenPurpose, at now: Instant
    ) throws(Failure) -> Bool {
        try !read(liveToken(for: email, purpose, at: now)).isEmpty
    }

    /// Has a row when there is one.
    func liveToken(for email: EmailAddress, _ purpose: TokenPurpose, at now: Instant) -> SQL {
        """
        SELECT 1 FROM one_time_tokens
        WHERE email_key = \(email.key) AND purpose = \(purpose.rawValue) AND used_at IS NULL AND expires_at > \(now)
        LIMIT 1
        """
    }

    package mutating func hasLiveToken(
        of subject: UserID, _ purpose: TokenPurpose, at now: Instant
    ) throws(Failure) -> Bool {
        try !read(
            """
            SELECT 1 FROM one_time_tokens
            WHERE subject_id = \(subject) AND purpose = \(purpose.rawValue) AND used_at IS NULL AND expires_at > \(now)
            LIMIT 1
            """
        ).isEmpty
    }
}

extension OneTimeToken: Record {
    static let columns: StaticString =
        "token_hash, purpose, subject_id, email, email_key, event, event_at, created_at, expires_at, used_at"

    init(_ row: inout Row) throws(Failure) {
        let digest: Digest = try row.next()
        let name: String = try row.next()
        guard let purpose = TokenPurpose(rawValue: name) else { throw .defect("a token for `\(name)`") }
        self.init(
            digest: digest, purpose: purpose, subject: try row.next(),
            email: EmailAddress(storedText: try row.next(), key: try row.next()),
            // A newer program may know more events.
            event: try row.optional(String.self).flatMap(AuditEventKind.init), eventAt: try row.optional(),
            createdAt: try row.next(), expiresAt: try row.next(), usedAt: try row.optional())
    }
}
