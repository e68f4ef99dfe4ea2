internal import Crypto

/// What a mail is about: the permanent name of its templates.
package enum MailKind: String, Sendable, CaseIterable {
    /// The link that proves the address of a registration.
    case verification
    /// The same act, by somebody who has an account under the address already.
    case alreadyRegistered = "already_registered"
    /// The link that sets a new password.
    case recovery
    /// Asks a new address whether it belongs to the account.
    case emailConfirmation = "email_confirmation"
    /// The same act, where the new address belongs to another account.
    case emailTaken = "email_taken"
    /// Tells the former address.
    case emailChanged = "email_changed"
    /// A code that proves in a session who is there.
    case confirmationCode = "confirmation_code"
    case newDevice = "new_device"
    case passwordChanged = "password_changed"
    case accountDeleted = "account_deleted"
    case accountRestored = "account_restored"
    /// Sent by an operator who wants to know whether mail arrives.
    case test
}

/// A mail that an act owes; rendered and delivered by the courier.
package struct Mail: Sendable, Equatable {
    /// Nil for a mail to nobody: it is queued where others would get one, so that one way costs what the other does, and is
    /// never sent.
    package let kind: MailKind?
    /// The address as it is stored when the act happens.
    package let recipient: EmailAddress
    package let userID: UserID?
    /// What the template is filled with. Nothing that a stranger chose belongs into a mail to somebody else.
    package let values: [String: String]
    package let createdAt: Instant
    /// After that it is worth nothing, and is not sent any more.
    package let expiresAt: Instant

    package init(
        _ kind: MailKind?, to recipient: EmailAddress, of userID: UserID?, values: [String: String] = [:],
        at now: Instant, expiry: Instant
    ) {
        self.kind = kind
        self.recipient = recipient
        self.userID = userID
        self.values = values
        createdAt = now
        expiresAt = expiry
    }

    /// What stands in the place of a template's name when nobody gets the mail.
    package static let nobody = "nobody"

    package var template: String { kind?.rawValue ?? Mail.nobody }

    /// Tells a person what happened to his account, when, and from where.
    package static func notice(
        _ kind: MailKind, to user: User, about origin: Origin, at now: Instant, adding values: [String: String] = [:]
    ) -> Mail {
        Mail(
            kind, to: user.email, of: user.id,
            values: circumstances(of: origin, at: now).merging(values) { _, added in added }, at: now,
            expiry: now + noticeLifetime)
    }

    /// When something happened, and from where, as templates know it.
    static func circumstances(of origin: Origin, at now: Instant) -> [String: String] {
        ["time": String(now.seconds), "address": Hex.encode(origin.address.bytes), "agent": origin.userAgent ?? ""]
    }

    /// How long a notice about an act is worth sending.
    private static let noticeLifetime = Duration.days(3)
}

/// Where an act leaves its mail, in its own transaction.
package protocol Outbox: ~Copyable {
    mutating func enqueue(_ mail: Mail) throws(Failure)
}
