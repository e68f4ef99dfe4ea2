/// A mail in the outbox, as the courier takes it.
package struct QueuedMail: Sendable, Equatable {
    package let id: MessageID
    /// The name of its templates. A program that is newer than this one may have queued it.
    package let template: String
    package let recipient: String
    /// Nil when it was sealed under a key that is gone.
    package let values: [String: String]?
    package let createdAt: Instant
    package let expiresAt: Instant
    /// How often it was tried.
    package let attempts: Int

    package init(
        id: MessageID, template: String, recipient: String, values: [String: String]?, createdAt: Instant,
        expiresAt: Instant, attempts: Int
    ) {
        self.id = id
        self.template = template
        self.recipient = recipient
        self.values = values
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.attempts = attempts
    }
}

/// What a try to deliver a mail came to.
package enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    /// Not this mail, not now.
    case postponed(reason: String)
    /// Never.
    case refused(reason: String)
    /// No mail at all for the moment: the server is away, or does not want to speak with us.
    case unreachable(reason: String)
}

/// The outbox as the courier works through it.
package protocol MailQueue: OfficeStore, ~Copyable {
    /// Those whose time has come, the longest waiting first.
    mutating func dueMail(at now: Instant, limit: Int) throws(Failure) -> [QueuedMail]

    /// Takes a mail until then: nobody else tries it meanwhile, also after a crash. False when somebody did already.
    mutating func claim(_ mail: QueuedMail, until later: Instant) throws(Failure) -> Bool

    /// It has arrived; what it said is wiped.
    mutating func noteDelivery(of id: MessageID, at now: Instant) throws(Failure)

    mutating func postpone(_ id: MessageID, until later: Instant, problem: String) throws(Failure)

    /// It is not tried any more, unless an operator says so. What it said is wiped when `isWorthless`.
    mutating func abandon(_ id: MessageID, problem: String, isWorthless: Bool, at now: Instant) throws(Failure)
}
