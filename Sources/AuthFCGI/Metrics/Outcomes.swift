import Domain

/// What a check came to, for those who count.
enum CheckOutcome: Int, CaseIterable, Sendable {
    case session, bearer, anonymous
    case authenticationRequired, sessionExpired, ambiguousCredentials, reauthenticationRequired, emailNotVerified
    case policyInvalid
    case databaseUnavailable, overloaded, defect

    init(allowing caller: Identity?) {
        switch caller?.use.carrier {
        case .cookie: self = .session
        case .token: self = .bearer
        case nil: self = .anonymous
        }
    }

    init(_ denial: CheckDenial) {
        self =
            switch denial {
            case .authenticationRequired: .authenticationRequired
            case .sessionExpired: .sessionExpired
            case .ambiguousCredentials: .ambiguousCredentials
            case .reauthenticationRequired: .reauthenticationRequired
            case .emailNotVerified: .emailNotVerified
            case .policyInvalid: .policyInvalid
            }
    }

    init(_ failure: Failure) {
        self = failure.isOutage ? .databaseUnavailable : .defect
    }

    var labels: String {
        switch self {
        case .session: "allow,session"
        case .bearer: "allow,bearer"
        case .anonymous: "allow,anonymous"
        case .authenticationRequired: "deny,\(CheckDenial.authenticationRequired.rawValue)"
        case .sessionExpired: "deny,\(CheckDenial.sessionExpired.rawValue)"
        case .ambiguousCredentials: "deny,\(CheckDenial.ambiguousCredentials.rawValue)"
        case .reauthenticationRequired: "deny,\(CheckDenial.reauthenticationRequired.rawValue)"
        case .emailNotVerified: "deny,\(CheckDenial.emailNotVerified.rawValue)"
        case .policyInvalid: "deny,\(CheckDenial.policyInvalid.rawValue)"
        case .databaseUnavailable: "error,database_unavailable"
        case .overloaded: "error,service_busy"
        case .defect: "error,internal_error"
        }
    }
}

/// What an attempt to sign in came to, for those who count.
enum LoginOutcome: Int, CaseIterable, Sendable {
    case password
    case authenticationFailed, rateLimited, busy, databaseUnavailable, invalid, defect, other

    /// Under the code that the client is told.
    init(_ failure: Failure) {
        switch failure {
        case .refused(let refusal):
            switch refusal.code {
            case "authentication_failed": self = .authenticationFailed
            case "rate_limited": self = .rateLimited
            case "service_busy": self = .busy
            default: self = refusal.kind == .invalid || refusal.kind == .malformed ? .invalid : .other
            }
        case .fault(let fault):
            switch fault.kind {
            case .unavailable("service_busy", _): self = .busy
            case .unavailable: self = .databaseUnavailable
            case .defect: self = .defect
            }
        }
    }

    var labels: String {
        switch self {
        case .password: "success,password"
        case .authenticationFailed: "failure,authentication_failed"
        case .rateLimited: "failure,rate_limited"
        case .invalid: "failure,invalid"
        case .other: "failure,other"
        case .busy: "error,service_busy"
        case .databaseUnavailable: "error,database_unavailable"
        case .defect: "error,internal_error"
        }
    }
}

/// What a try to deliver a mail came to, for those who count.
enum MailOutcome: Int, CaseIterable, Sendable {
    case delivered, postponed, abandoned

    var label: String { "\(self)" }
}
