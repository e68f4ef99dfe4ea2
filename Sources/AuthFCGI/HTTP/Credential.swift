import Domain

/// What a request brings to say who is calling. Anything odd is no credential (security S10); two are too many.
enum Credential: Sendable {
    case none
    case session(SessionToken, Carrier)
    /// Something stands where a session stands, but it cannot be one; or it came twice.
    case unusable(Carrier)
    /// A cookie and a bearer token at once.
    case ambiguous

    init(_ request: Request, cookieName: String) {
        let cookie = Credential.cookie(request[.cookie], name: cookieName)
        let bearer = Credential.bearer(request[.authorization])
        switch (cookie, bearer) {
        case (.none, _): self = bearer
        case (_, .none): self = cookie
        default: self = .ambiguous
        }
    }

    private static func cookie(_ header: String?, name: String) -> Credential {
        guard let header else { return .none }
        switch Cookies.value(of: name, in: header) {
        case .absent: return .none
        case .ambiguous: return .unusable(.cookie)
        case .value(let text):
            if text.isEmpty { return .none }
            return SessionToken(text).map { .session($0, .cookie) } ?? .unusable(.cookie)
        }
    }

    /// RFC 6750, 2.1. Another scheme is another party's business, and no credential of ours.
    private static func bearer(_ header: String?) -> Credential {
        guard let header, header.count > 7, header.prefix(7).lowercased() == "bearer " else { return .none }
        return SessionToken(String(header.dropFirst(7))).map { .session($0, .token) } ?? .unusable(.token)
    }

    /// Whether it came as a bearer token alone.
    var isBearer: Bool { crossSiteClass == .bearer }

    /// What the rule about forged requests makes of it: where a cookie is among it, a browser may have added it.
    var crossSiteClass: CrossSite.Credential {
        switch self {
        case .none: .none
        case .session(_, let carrier), .unusable(let carrier): carrier == .cookie ? .cookie : .bearer
        case .ambiguous: .cookie
        }
    }
}
