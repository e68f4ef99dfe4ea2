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
