import Crypto
import Domain
import JSON

enum SessionRoutes {
    static let all: [Route] = [
        .signIn(
            "/login", fields: SignInFields.identifier + ["password", "remember", "carrier"],
            "Signs in with an e-mail address or a username.", signIn),
        .post(
            "/logout", .visitor, fields: ["scope"],
            "Ends this session, the others, or all (`scope`); whoever has none is signed out already.", signOut),
        .get("/session", .user, "The current session and its user.", current),
        .get("/sessions", .user, "One's own live sessions, the newest first.", list).showing(.sessions),
        .delete("/sessions/{id}", .user, "Ends one of one's own sessions.", end),
        .post("/sessions/{id}/delete", .user, fields: [], "The same for a form.", end),
        .get("/csrf", .user, "A token for clients that send no `Origin` and no `Sec-Fetch-Site`.", forgeryToken),
    ]

    static func signIn(_ exchange: inout Exchange) throws(Failure) -> Response {
        let input = exchange.input
        guard let identifier = try input.text(anyOf: SignInFields.identifier) else {
            throw .refused(InvalidInput("username", "required"))
        }
        let form = SignInForm(
            identifier: identifier, password: try input.required("password"), wish: try exchange.wish())
        let opened = try exchange.signIn(form)
        return exchange.opened(opened, status: 200)
    }

    static func signOut(_ exchange: inout Exchange) throws(Failure) -> Response {
        guard let scope = SignOutScope(rawValue: try exchange.input.text("scope") ?? "local") else {
            throw .refused(InvalidInput("scope", "not_a_choice"))
        }
        if let caller = exchange.caller {
            try exchange.app.sessions.signOut(caller, scope: scope, from: exchange.origin, in: &exchange.store)
        }
        var response = exchange.done(["success": true])
        if scope != .others { exchange.expireCookie(in: &response) }
        return response
    }

    static func current(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try exchange.signedIn()
        return .json(SessionJSON.answer(caller.user, caller.session, at: exchange.app.clock.now()))
    }

    static func list(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try exchange.signedIn()
        let sessions = try exchange.app.sessions.list(of: caller, in: &exchange.store)
        if exchange.style == .page {
            return exchange.show(parts: ["rows": SessionsPage.rows(sessions, of: caller, in: exchange.app)])
        }
        return .json(["data": .array(sessions.map { SessionJSON.listed($0, current: caller.session) })])
    }

    static func end(_ exchange: inout Exchange) throws(Failure) -> Response {
        let caller = try exchange.signedIn()
        guard let id = exchange.path["id"].flatMap({ SessionID($0) }) else { throw .refused(SessionMissing()) }
        try exchange.app.sessions.end(id, of: caller, from: exchange.origin, in: &exchange.store)
        var response = exchange.done(["success": true])
        if id == caller.session.id { exchange.expireCookie(in: &response) }
        return response
    }

    static func forgeryToken(_ exchange: inout Exchange) throws(Failure) -> Response {
        let token = exchange.app.forgeryTokens.token(for: try exchange.signedIn().session)
        return .json(["csrf_token": .string(token)])
    }
}

/// The names under which clients send what a person signs in with (decisions 4).
enum SignInFields {
    static let identifier = ["username", "preferred_username", "email", "identifier", "login"]
}

extension Exchange {
    mutating func signIn(_ form: SignInForm) throws(Failure) -> OpenedSession {
        try app.sessions.signIn(form, from: origin, in: &store)
    }

    /// What the client asks of its new session.
    func wish() throws(Failure) -> SessionWish {
        guard let carrier = Carrier(rawValue: try input.text("carrier") ?? Carrier.cookie.rawValue) else {
            throw .refused(InvalidInput("carrier", "not_a_choice"))
        }
        return SessionWish(
            carrier: carrier, remember: try input.flag("remember") ?? false,
            replacing: carrier == .cookie ? previousSession : nil)
    }

    /// The session that this browser had so far.
    var previousSession: SessionToken? {
        guard case .session(let token, .cookie) = Credential(request, cookieName: app.site.cookieName) else {
            return nil
        }
        return token
    }
}
