/// What a location demands of its visitors: the constant that nginx passes as `AUTH_POLICY` (decisions 16).
package struct CheckPolicy: Sendable, Equatable {
    /// A kind of credential that a location accepts.
    package enum Way: String, Sendable, CaseIterable {
        /// A session carried by a cookie.
        case session
        /// A session carried as a bearer token.
        case bearer
        /// An API token.
        case apikey

        fileprivate static let all = Set(allCases)
    }

    /// Why a policy cannot be read; for the log.
    package struct Problem: Error, Equatable {
        package let text: String
    }

    /// Visitors without a session pass as well, without a name.
    package private(set) var isOptional = false
    package private(set) var needsVerified = false
    /// The longest time since the person last proved who he is.
    package private(set) var maximumAge: Duration?
    package private(set) var ways = Way.all

    /// Reads `key=value&…`. Anything unknown, doubled or with a `$` is a problem: such a location denies.
    package init(parsing text: String) throws(Problem) {
        var seen: Set<Substring> = []
        for item in text.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !item.contains("$"), !item.contains("%") else {
                throw Problem(text: "an item of the policy is not key=value")
            }
            guard seen.insert(parts[0]).inserted else { throw Problem(text: "a key stands twice in the policy") }
            try set(parts[0], String(parts[1]))
        }
    }

    private mutating func set(_ key: Substring, _ value: String) throws(Problem) {
        switch (key, value) {
        case ("optional", "1"): isOptional = true
        case ("verified", "1"): needsVerified = true
        case ("optional", "0"), ("verified", "0"): break
        case ("max_age", _):
            guard let seconds = Int(value), (1...31_536_000).contains(seconds) else {
                throw Problem(text: "max_age is a number of seconds from 1 to 31536000")
            }
            maximumAge = .seconds(seconds)
        case ("via", _):
            let named = value.split(separator: ",", omittingEmptySubsequences: false).map { Way(rawValue: String($0)) }
            guard !named.contains(nil) else { throw Problem(text: "via names session, bearer, apikey") }
            ways = Set(named.compactMap(\.self))
        default: throw Problem(text: "the policy has an unknown key or value")
        }
    }

    /// The rule itself: who is calling, against what is demanded.
    package func decide(_ caller: Identity?, at now: Instant) -> CheckDecision {
        guard let caller, ways.contains(caller.use.carrier == .cookie ? .session : .bearer) else {
            return isOptional ? .allowed(nil) : .denied(.authenticationRequired)
        }
        if needsVerified, !caller.isVerified { return .denied(.emailNotVerified) }
        if let maximumAge, now - caller.authenticatedAt > maximumAge {
            return .denied(.reauthenticationRequired)
        }
        return .allowed(caller)
    }
}

/// What a check comes to.
package enum CheckDecision: Sendable {
    /// Nil is a visitor without a name, where the location is optional.
    case allowed(Identity?)
    case denied(CheckDenial)
}

/// Why a check denies: the value of `X-Auth-Reason`.
package enum CheckDenial: String, Sendable, CaseIterable {
    case authenticationRequired = "authentication_required"
    case sessionExpired = "session_expired"
    /// A cookie and a bearer token at once: nobody can say who is meant, also where nobody need be.
    case ambiguousCredentials = "ambiguous_credentials"
    case reauthenticationRequired = "reauth_required"
    case emailNotVerified = "email_not_verified"
    case policyInvalid = "policy_invalid"

    /// Whether signing in (again) can help: 401, else 403.
    package var isMendedBySigningIn: Bool {
        switch self {
        case .authenticationRequired, .sessionExpired, .ambiguousCredentials, .reauthenticationRequired: true
        case .emailNotVerified, .policyInvalid: false
        }
    }
}
