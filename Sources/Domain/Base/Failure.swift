/// The one error of the program.
///
/// A refusal is the caller's doing and is shown; a fault is ours, is logged and never shown.
package enum Failure: Error {
    case refused(any Refusal)
    case fault(Fault)
}

/// A "no" that a person or a program is told: its code is API and permanent.
package protocol Refusal: Sendable {
    /// snake_case, unique in the program; the key of its texts.
    var code: String { get }
    var kind: RefusalKind { get }
    /// The name of the input field it is about, as the caller wrote it.
    var field: String? { get }
    /// Every single complaint, where one answer carries several.
    var complaints: [Complaint] { get }
    /// When trying again can succeed.
    var retryAfter: Duration? { get }
}

extension Refusal {
    package var field: String? { complaints.first?.field }
    package var complaints: [Complaint] { [] }
    package var retryAfter: Duration? { nil }
}

/// Seven kinds of "no"; a surface maps each to its own signal.
package enum RefusalKind: Sendable, CaseIterable {
    /// Not readable as what it claims to be.
    case malformed
    /// Readable, but a value is not acceptable.
    case invalid
    /// Nobody, or not proved.
    case unauthenticated
    /// Known, but not allowed.
    case forbidden
    /// Not there, or not visible to this caller.
    case missing
    /// Was there, or may have been, and is worth nothing any more.
    case gone
    /// In the way of something that exists.
    case conflict
    /// Too often.
    case limited
}

/// One complaint about one field.
package struct Complaint: Sendable, Equatable {
    package let field: String
    package let code: String
    /// Figures of the rule, for texts like "at least 15 characters".
    package let parameters: [String: Int]

    package init(_ field: String, _ code: String, _ parameters: [String: Int] = [:]) {
        self.field = field
        self.code = code
        self.parameters = parameters
    }
}

/// Something of ours that broke. The log gets all of it, the client only the request's id.
package struct Fault: Error, Sendable {
    package enum Kind: Sendable, Equatable {
        /// A dependency is away; trying again later can succeed.
        case unavailable(code: String, retryAfter: Duration)
        /// A defect.
        case defect
    }

    package let kind: Kind
    /// For the log; never holds a secret or a value that a person typed.
    package let summary: String
    package let place: String

    package init(_ kind: Kind, _ summary: String, file: String = #fileID, line: Int = #line) {
        self.kind = kind
        self.summary = summary
        place = "\(file):\(line)"
    }
}

extension Failure {
    package static func defect(_ summary: String, file: String = #fileID, line: Int = #line) -> Failure {
        .fault(Fault(.defect, summary, file: file, line: line))
    }

    /// Whether something is away that may come back.
    package var isOutage: Bool {
        if case .fault(let fault) = self, case .unavailable = fault.kind { true } else { false }
    }

    /// The database does not answer, or not in time.
    package static func databaseUnavailable(
        _ summary: String, file: String = #fileID, line: Int = #line
    ) -> Failure {
        .fault(
            Fault(
                .unavailable(code: "database_unavailable", retryAfter: .seconds(1)), summary, file: file, line: line))
    }
}

/// A form whose fields were read but not accepted; every complaint at once.
package struct InvalidInput: Refusal {
    package let complaints: [Complaint]
    package var code: String { complaints.first?.code ?? "validation_failed" }
    package var kind: RefusalKind { .invalid }

    package init(_ complaints: [Complaint]) {
        self.complaints = complaints
    }

    package init(_ field: String, _ code: String, _ parameters: [String: Int] = [:]) {
        complaints = [Complaint(field, code, parameters)]
    }
}
