internal import Crypto

/// What a mail is about: the permanent name of its templates.
package enum MailKind: String, Sendable, CaseIterable {
    case passwordChanged = "password_changed"
    case accountDeleted = "account_deleted"
    /// Sent by an operator who wants to know whether mail arrives.
    case test
}

/// A mail that an act owes; rendered and delivered by the courier.
package struct Mail: Sendable, Equatable {
    package let kind: MailKind
    /// The address as it is stored when the act happens.
    package let recipient: EmailAddress
    package let userID: UserID?
    /// What the template is filled with. Nothing that a stranger chose belongs into a mail to somebody else.
    package let values: [String: String]
    package let createdAt: Instant
    /// After that it is worth nothing, and is not sent any more.
    package let expiresAt: Instant

    package init(
        _ kind: MailKind, to recipient: EmailAddress, of userID: UserID?, values: [String: String] = [:],
        at now: Instant, expiry: Instant
    ) {
        self.kind = kind
        self.recipient = recipient
        self.userID = userID
        self.values = values
        createdAt = now
        expiresAt = expiry
    }

    /// Tells a person what happened to his account, when, and from where.
    package static func notice(_ kind: MailKind, to user: User, about origin: Origin, at now: Instant) -> Mail {
        Mail(
            kind, to: user.email, of: user.id,
            values: [
                "time": String(now.seconds), "address": Hex.encode(origin.address.bytes),
                "agent": origin.userAgent ?? "",
            ], at: now, expiry: now + noticeLifetime)
    }

    /// How long a notice about an act is worth sending.
    private static let noticeLifetime = Duration.days(3)
}

/// Where an act leaves its mail, in its own transaction.
package protocol Outbox: ~Copyable {
    mutating func enqueue(_ mail: Mail) throws(Failure)
}
