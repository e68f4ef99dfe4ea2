import Domain

/// What is refused before any operation is asked: the request itself is not acceptable.
struct HTTPRefusal: Refusal {
    let code: String
    let kind: RefusalKind
    /// The status where the kind's own does not say enough.
    let status: Int?
    let field: String?
    let retryAfter: Duration?
    /// A header that the status demands, `Allow` for 405.
    let header: Response.Header?

    init(
        _ code: String, _ kind: RefusalKind, status: Int? = nil, field: String? = nil, retryAfter: Duration? = nil,
        header: Response.Header? = nil
    ) {
        self.code = code
        self.kind = kind
        self.status = status
        self.field = field
        self.retryAfter = retryAfter
        self.header = header
    }

    static let malformed = HTTPRefusal("malformed_request", .malformed)
    static let notFound = HTTPRefusal("not_found", .missing)
    static let tooLarge = HTTPRefusal("body_too_large", .malformed, status: 413)
    static let unsupportedType = HTTPRefusal("unsupported_media_type", .malformed, status: 415)
    static let originNotAllowed = HTTPRefusal("origin_not_allowed", .forbidden)
    static let csrfFailed = HTTPRefusal("csrf_failed", .forbidden)
    static let authenticationRequired = HTTPRefusal("authentication_required", .unauthenticated)
    static let sessionExpired = HTTPRefusal("session_expired", .unauthenticated)
    static let ambiguousCredentials = HTTPRefusal("ambiguous_credentials", .unauthenticated)

    static let mailDisabled = HTTPRefusal("mail_disabled", .forbidden)

    static func methodNotAllowed(_ allowed: [String]) -> HTTPRefusal {
        HTTPRefusal(
            "method_not_allowed", .malformed, status: 405,
            header: Response.Header(name: "Allow", value: allowed.joined(separator: ", ")))
    }
}
