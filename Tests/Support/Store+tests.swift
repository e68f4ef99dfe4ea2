package import Domain
@testable package import Persistence

/// An audit event as a test looks at it.
package struct RecordedEvent: Sendable {
    package let event: String
    package let subject: UserID?
}

/// A message of the outbox as a test looks at it.
package struct QueuedMail: Sendable {
    package let template: String
    package let recipient: String
}

extension Store {
    /// Begins to note the statements that are sent.
    package mutating func startTrace() {
        isTracing = false
        isTracing = true
    }

    /// The statements since `startTrace`.
    package mutating func takeTrace() -> [String] {
        defer { isTracing = false }
        return statements
    }

    /// All audit events, the oldest first.
    package mutating func auditEvents() throws(Failure) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        for var row in try read("SELECT event, subject_id FROM audit_events ORDER BY incarnation, sequence") {
            events.append(RecordedEvent(event: try row.next(), subject: try row.optional()))
        }
        return events
    }

    /// All queued mails, the oldest first.
    package mutating func outbox() throws(Failure) -> [QueuedMail] {
        var mails: [QueuedMail] = []
        for var row in try read("SELECT template, recipient FROM outbox_messages ORDER BY id") {
            mails.append(QueuedMail(template: try row.next(), recipient: try row.next()))
        }
        return mails
    }
}
