package import Crypto
package import Domain

@testable package import Persistence

/// A row of the audit log as a test looks at it.
package struct RecordedEvent: Sendable, Equatable {
    package let event: String
    package let actor: String
    package let subject: UserID?
    package let session: SessionID?
    package let identifier: Digest?
    package let detail: String
}

/// A mail that waits.
package struct WaitingMail: Sendable, Equatable {
    package let template: String
    package let recipient: String
}

extension Store {
    /// Forgets what is kept in memory to be written down later.
    package mutating func forgetErrands() {
        uses = UseTally()
        refusals = RefusalTally()
    }

    /// What this store has recorded, in its order.
    package mutating func auditEvents() throws(Failure) -> [RecordedEvent] {
        try all(
            "SELECT \(columns: RecordedEvent.self) FROM audit_events WHERE incarnation = \(incarnation) ORDER BY sequence"
        )
    }

    /// What each mail of the outbox says, sealed.
    package mutating func payloads() throws(Failure) -> [[UInt8]?] {
        var payloads: [[UInt8]?] = []
        for var row in try read("SELECT payload FROM outbox_messages ORDER BY id") {
            payloads.append(try row.optional())
        }
        return payloads
    }

    package mutating func outbox() throws(Failure) -> [WaitingMail] {
        try all("SELECT \(columns: WaitingMail.self) FROM outbox_messages ORDER BY created_at, id")
    }
}

extension RecordedEvent: Record {
    package static let columns: StaticString = "event, actor, subject_id, session_id, identifier_mac, detail"

    package init(_ row: inout Row) throws(Failure) {
        self.init(
            event: try row.next(), actor: try row.next(), subject: try row.optional(), session: try row.optional(),
            identifier: try row.optional(), detail: try row.next())
    }
}

extension WaitingMail: Record {
    package static let columns: StaticString = "template, recipient"

    package init(_ row: inout Row) throws(Failure) {
        self.init(template: try row.next(), recipient: try row.next())
    }
}
