internal import Crypto
internal import Domain

/// A row of the outbox as the courier reads it.
struct StoredMail: Record {
    static let columns: StaticString = "id, template, recipient, payload, created_at, expires_at, attempts"

    private let id: MessageID
    private let template: String
    private let recipient: String
    private let payload: [UInt8]?
    private let createdAt: Instant
    private let expiresAt: Instant
    private let attempts: Int

    init(_ row: inout Row) throws(Failure) {
        id = try row.next()
        template = try row.next()
        recipient = try row.next()
        payload = try row.optional()
        createdAt = try row.next()
        expiresAt = try row.next()
        attempts = try row.next()
    }

    /// One that says nothing was queued by a program that did not fill templates, and its mail needs nothing.
    func opened(with keyring: Keyring) throws(Failure) -> QueuedMail {
        let values = payload == nil ? [:] : payload.flatMap { SealedPayload.open($0, of: id, with: keyring) }
        return QueuedMail(
            id: id, template: template, recipient: recipient, values: values, createdAt: createdAt,
            expiresAt: expiresAt, attempts: attempts)
    }

    /// As much of a reason as the column takes.
    static func fitting(_ problem: String) -> String {
        String(String.UnicodeScalarView(problem.unicodeScalars.prefix(300)))
    }
}

extension MailRecord: Record {
    static let columns: StaticString = """
        id, template, recipient, delivered_at IS NOT NULL, abandoned_at IS NOT NULL, created_at, expires_at, \
        not_before, attempts, problem
        """

    init(_ row: inout Row) throws(Failure) {
        id = try row.next()
        template = try row.next()
        recipient = try row.next()
        let (isDelivered, isAbandoned) = (try row.next(Bool.self), try row.next(Bool.self))
        state = isDelivered ? .delivered : isAbandoned ? .abandoned : .waiting
        createdAt = try row.next()
        expiresAt = try row.next()
        notBefore = try row.next()
        attempts = try row.next()
        problem = try row.optional()
    }
}
