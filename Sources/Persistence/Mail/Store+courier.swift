package import Domain

extension Store: MailQueue {
    package mutating func dueMail(at now: Instant, limit: Int) throws(Failure) -> [QueuedMail] {
        let rows = try read(
            """
            SELECT \(columns: StoredMail.self) FROM outbox_messages
            WHERE delivered_at IS NULL AND abandoned_at IS NULL AND not_before <= \(now)
            ORDER BY not_before LIMIT \(limit)
            """)
        var mails: [QueuedMail] = []
        for var row in rows { mails.append(try StoredMail(&row).opened(with: keyring)) }
        return mails
    }

    package mutating func claim(_ mail: QueuedMail, until later: Instant) throws(Failure) -> Bool {
        try write(
            """
            UPDATE outbox_messages SET attempts = attempts + 1, not_before = \(later)
            WHERE id = \(mail.id) AND attempts = \(mail.attempts) AND delivered_at IS NULL AND abandoned_at IS NULL
            """
        ).affected > 0
    }

    package mutating func noteDelivery(of id: MessageID, at now: Instant) throws(Failure) {
        _ = try write(
            "UPDATE outbox_messages SET delivered_at = \(now), payload = NULL, problem = NULL WHERE id = \(id)")
    }

    package mutating func postpone(_ id: MessageID, until later: Instant, problem: String) throws(Failure) {
        _ = try write(
            "UPDATE outbox_messages SET not_before = \(later), problem = \(StoredMail.fitting(problem)) WHERE id = \(id)"
        )
    }

    package mutating func abandon(
        _ id: MessageID, problem: String, isWorthless: Bool, at now: Instant
    ) throws(Failure) {
        _ = try write(
            """
            UPDATE outbox_messages SET abandoned_at = \(now), problem = \(StoredMail.fitting(problem)),
                payload = IF(\(isWorthless), NULL, payload)
            WHERE id = \(id) AND delivered_at IS NULL
            """)
    }
}

/// What an operator sees of the outbox; what a mail says is not among it.
package struct MailRecord: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case waiting
        case delivered
        case abandoned
    }

    package let id: MessageID
    package let template: String
    package let recipient: String
    package let state: State
    package let createdAt: Instant
    package let expiresAt: Instant
    /// When it is tried next, while it waits.
    package let notBefore: Instant
    package let attempts: Int
    package let problem: String?
}

extension Store {
    /// The newest mails in a state, or in any.
    package mutating func mails(in state: MailRecord.State?, limit: Int) throws(Failure) -> [MailRecord] {
        try all(
            """
            SELECT \(columns: MailRecord.self) FROM outbox_messages
            WHERE \(state == nil)
                OR (delivered_at IS NOT NULL) = \(state == .delivered) AND (abandoned_at IS NOT NULL) = \(state == .abandoned)
            ORDER BY id DESC LIMIT \(limit)
            """)
    }

    package mutating func mail(withID id: MessageID) throws(Failure) -> MailRecord? {
        try first("SELECT \(columns: MailRecord.self) FROM outbox_messages WHERE id = \(id)")
    }

    /// Has the courier try a mail again, now. False when it was delivered, or says nothing any more.
    package mutating func retryMail(_ id: MessageID, at now: Instant) throws(Failure) -> Bool {
        try write(
            """
            UPDATE outbox_messages SET abandoned_at = NULL, not_before = \(now)
            WHERE id = \(id) AND delivered_at IS NULL AND payload IS NOT NULL AND expires_at > \(now)
            """
        ).affected > 0
    }
}
