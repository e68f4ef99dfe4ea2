/// A mail that an act owes; rendered and delivered by the courier.
package enum Mail: Sendable, Equatable {
    case passwordChanged
    case accountDeleted

    /// The permanent name, also of its templates.
    package var template: String {
        switch self {
        case .passwordChanged: "password_changed"
        case .accountDeleted: "account_deleted"
        }
    }
}

/// Where an act leaves its mail, in its own transaction.
package protocol Outbox: ~Copyable {
    /// Queues a mail to the address as it is stored now; it is worth nothing after `expiry`.
    mutating func enqueue(_ mail: Mail, to user: User, at now: Instant, expiry: Instant) throws(Failure)
}
