package import Domain

extension Store: Outbox {
    package mutating func enqueue(_ mail: Mail) throws(Failure) {
        let id = MessageID(at: mail.createdAt)
        let payload = SealedPayload.seal(mail.values, of: id, with: keyring)
        _ = try write(
            """
            INSERT INTO outbox_messages (id, template, recipient, user_id, payload, created_at, not_before, expires_at)
            VALUES (\(id), \(mail.template), \(mail.recipient.text), \(mail.userID), \(payload),
                \(mail.createdAt), \(mail.createdAt), \(mail.expiresAt))
            """)
    }
}

extension Store {
    /// Messages that wait to be delivered, counted up to a limit: whatever has piled up, asking costs little.
    package mutating func undeliveredMessages(upTo limit: Int) throws(Failure) -> Int {
        var row = try read(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM outbox_messages WHERE delivered_at IS NULL AND abandoned_at IS NULL LIMIT \(limit)
            ) AS waiting
            """
        ).first
        return try row?.next(Int.self) ?? 0
    }
}
