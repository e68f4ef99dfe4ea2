import Crypto
import Domain
import Logging
import Persistence

extension Pipeline {
    /// The cross-site rule (decisions 11).
    func permit(
        _ request: Request, _ route: Route, _ credential: Credential
    ) throws(Failure) -> CrossSite.Verdict {
        guard !route.method.isSafe else { return .allowed }
        let verdict = app.site.crossSite.verdict(
            route.forms, origin: request[.origin], secFetchSite: request[.secFetchSite], referer: request[.referer],
            credential: credential.crossSiteClass)
        if verdict == .refused { throw .refused(HTTPRefusal.originNotAllowed) }
        return verdict
    }

    /// Who is calling, where the route wants to know.
    func identify(_ route: Route, _ credential: Credential, _ store: inout Store) throws(Failure) -> Caller? {
        guard route.access != .anyone else { return nil }
        switch credential {
        case .none where route.access == .visitor: return nil
        case .none: throw .refused(HTTPRefusal.authenticationRequired)
        case .ambiguous: throw .refused(HTTPRefusal.ambiguousCredentials)
        case .unusable: return try ended(route)
        case .session(let token, let carrier):
            if let caller = try app.sessions.caller(with: token, by: carrier, in: &store) { return caller }
            return try ended(route)
        }
    }

    /// A session that is none any more: nobody, where nobody is welcome too.
    private func ended(_ route: Route) throws(Failure) -> Caller? {
        guard route.access == .visitor else { throw .refused(HTTPRefusal.sessionExpired) }
        return nil
    }

    /// The token that a client without browser headers sends beside its cookie. A cookie without a session has
    /// nothing that a forged request could use.
    func requireToken(_ request: Request, _ input: Input, _ caller: Caller?) throws(Failure) {
        guard let caller else { return }
        let sent = request[.csrfToken] ?? input.kept("csrf_token")
        guard let sent, app.forgeryTokens.accepts(sent, for: caller.session) else {
            throw .refused(HTTPRefusal.csrfFailed)
        }
    }

    /// One line a failure of ours; refusals are the caller's business and are logged as requests only.
    func log(_ failure: Failure, _ request: Request, _ route: Route) {
        guard case .fault(let fault) = failure else { return }
        let level: Logger.Level = fault.kind == .defect ? .error : .warning
        app.log.log(
            level: level, "request failed",
            metadata: request.logged.with([
                "route": "\(route.method.rawValue) \(route.path)", "fault": "\(fault.summary)",
                "place": "\(fault.place)",
            ]))
    }

    /// One line a request. The query stays out: it may hold a token.
    func note(_ request: Request, _ response: Response, _ caller: Caller?, _ time: Duration) {
        guard let lineLevel else { return }
        var metadata = request.logged.with([
            "method": "\(request[.requestMethod] ?? "")", "path": "\(request[.documentURI] ?? "")",
            "status": .stringConvertible(response.status), "duration_us": .stringConvertible(time.microseconds),
        ])
        metadata["user_id"] = caller.map { "\($0.user.id)" }
        if pool == .check {
            metadata["policy"] = "\(request[.authPolicy] ?? "")"
            metadata["reason"] = response["X-Auth-Reason"].map { "\($0)" }
        }
        app.log.log(level: lineLevel, "request", metadata: metadata)
    }

    /// Headers of every answer (security A2, conventions "cache").
    func addCommonHeaders(to response: inout Response, _ request: Request) {
        response.add("X-Request-Id", request.id.description)
        response.add("X-Content-Type-Options", "nosniff")
        response.add("Cache-Control", unlessSet: "no-store")
        guard pool != .check else { return }
        response.add("Referrer-Policy", unlessSet: "same-origin")
        response.add("Cross-Origin-Opener-Policy", "same-origin")
        response.add("Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)")
        response.add("Vary", "Cookie, Authorization, Accept")
    }
}

extension Pool {
    /// A request that waited longer is not answered any more: its client has given up.
    var patience: Duration { self == .login ? .seconds(1) : .seconds(2) }
}

extension Request {
    /// How long ago the web server received it. A clock that cannot be read, or is ahead, is young; and so is what is older
    /// than any request can be, since then the clock was put forward, or theirs is another one.
    func age(at now: Instant) -> Duration {
        guard let text = self[.receivedAt], let received = Request.milliseconds(text) else { return .zero }
        let age = Duration.milliseconds(max(0, now.milliseconds - received))
        return age <= Request.oldest ? age : .zero
    }

    /// Far longer than nginx waits (`nginx/pass.conf`): what has lain in the queue of a pool that took nothing must not be done
    /// after its client was told that it failed.
    private static let oldest = Duration.minutes(10)

    /// `SECONDS.MILLISECONDS`, as nginx writes `$msec`.
    private static func milliseconds(_ text: String) -> Int64? {
        let characters = text.utf8
        guard let point = characters.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let (whole, rest) = (text[..<point], text[characters.index(after: point)...])
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard whole.utf8.count <= 12, rest.utf8.count == 3, whole.utf8.allSatisfy(isDigit),
            rest.utf8.allSatisfy(isDigit),
            let seconds = Int64(whole), let fraction = Int64(rest)
        else { return nil }
        return seconds * 1000 + fraction
    }
}

extension Arrival.Style {
    /// A form is answered with redirects unless its sender asks for JSON, and a question with its page where it has one
    /// and HTML is asked for; everything else is an API, and so are the profiles.
    init(_ request: Request, _ route: Route) {
        if route.method.isSafe {
            self = route.page != nil && AcceptHeader.prefersHTML(request[.accept]) ? .page : .api
            return
        }
        let isForm = route.profile == .canonical && ContentType(request[.contentType]) == .form
        self = isForm && !AcceptHeader.prefersJSON(request[.accept]) ? .form : .api
    }
}

extension Origin {
    /// Nil when nginx says no address, which the shipped parameters never do.
    init?(_ request: Request, device: Device?) {
        guard let address = request[.remoteAddress].flatMap(NetworkAddress.init(parsing:)) else { return nil }
        self.init(
            address: address, userAgent: request[.userAgent].map(Origin.kept), requestID: request.id, device: device)
    }

    /// Without control characters, cut behind the last character that ends within 400 bytes.
    private static func kept(_ agent: String) -> String {
        var kept = String.UnicodeScalarView()
        var count = 0
        for scalar in agent.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
            count += UTF8.width(scalar)
            if count > 400 { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}

/// Tokens against forged requests: a MAC over the session, so that nothing has to be stored.
struct ForgeryTokens: Sendable {
    private let key: Secret

    init(_ keyring: Keyring) {
        key = keyring.active(.csrf)
    }

    func token(for session: Session) -> String {
        Base64URL.encode(MAC.hmacSHA256(of: session.digest.bytes, key: key).bytes)
    }

    func accepts(_ text: String, for session: Session) -> Bool {
        guard let sent = Base64URL.decode(text).flatMap({ Digest($0) }) else { return false }
        return sent == MAC.hmacSHA256(of: session.digest.bytes, key: key)
    }
}
