package import Domain

extension Store: Outbox {
    package mutating func enqueue(_ mail: Mail, to user: User, at now: Instant, expiry: Instant) throws(Failure) {
        _ = try write(
            """
            INSERT INTO outbox_messages (id, template, recipient, user_id, created_at, not_before, expires_at)
            VALUES (\(MessageID(at: now)), \(mail.template), \(user.email.text), \(user.id), \(now), \(now), \(expiry))
            """)
    }
}

extension Store {
    /// Messages that are not delivered yet, counted up to a limit: whatever has piled up, asking costs little.
    package mutating func undeliveredMessages(upTo limit: Int) throws(Failure) -> Int {
        var row = try read(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM outbox_messages WHERE delivered_at IS NULL LIMIT \(limit)) AS waiting
            """
        ).first
        return try row?.next(Int.self) ?? 0
    }
}
