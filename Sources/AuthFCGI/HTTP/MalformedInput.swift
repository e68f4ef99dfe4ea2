import Domain

/// Input that is not readable as what it claims to be; nothing of it was used.
enum MalformedInput: Refusal, Equatable {
    /// Bad escapes, text that is not UTF-8, NUL, invalid JSON, or a size over the limits of fields.
    case unreadable
    /// A name that stands twice (security I2).
    case duplicate(String)

    var code: String {
        switch self {
        case .unreadable: "malformed_input"
        case .duplicate: "duplicate_field"
        }
    }

    var kind: RefusalKind { .malformed }

    var field: String? { if case .duplicate(let name) = self { name } else { nil } }
}
