import Domain
import JSON

extension Exchange {
    /// The answer to an act that went well: JSON for an API, the next page for a form.
    ///
    /// - Parameter page: where a form leads that names no page; home unless said otherwise.
    func done(_ value: JSONValue, status: Int = 200, otherwise page: String? = nil) -> Response {
        switch style {
        case .api, .page: return .json(value, status: status)
        case .form:
            var response = Response(303)
            response.add("Location", app.site.onward(from: request, input: input, otherwise: page))
            return response
        }
    }

    /// The answer that issues a session: the only one that carries its secret.
    func opened(_ opened: OpenedSession, status: Int) -> Response {
        var value = SessionJSON.answer(opened.user, opened.session, at: app.clock.now())
        if opened.session.carrier == .token {
            value["token"] = .string(opened.token.reveal())
            value["token_type"] = "bearer"
            return .json(value, status: status)
        }
        var response = done(value, status: status)
        setCookie(of: opened, in: &response)
        return response
    }

    /// Hands the session's secret to the browser.
    func setCookie(of opened: OpenedSession, in response: inout Response) {
        let age = opened.session.isRemembered ? opened.session.expiresAt - opened.session.createdAt : nil
        let cookie = SetCookie(
            SessionCookie.name, opened.token.reveal(), maxAge: age?.components.seconds,
            isSecure: app.site.secureCookies)
        response.add("Set-Cookie", cookie.header)
        setDevice(of: opened.user, in: &response)
    }

    /// Lets the account know this browser, whose user has just given the password.
    func setDevice(of user: User, in response: inout Response) {
        let now = app.clock.now()
        let device = Device(of: user, before: origin.device, at: now)
        response.add("Set-Cookie", app.devices.cookie(device, at: now))
    }

    /// Makes the browser forget the session and what it keeps of signed-in pages (decisions 14).
    func expireCookie(in response: inout Response) {
        response.add("Set-Cookie", SetCookie.expired(SessionCookie.name, isSecure: app.site.secureCookies).header)
        response.add("Clear-Site-Data", "\"cache\"")
    }
}

/// The cookie of a session, before its prefix.
enum SessionCookie {
    static let name = "sid"
}

extension Response {
    static func json(_ value: JSONValue, status: Int = 200) -> Response {
        Response(
            status, headers: [Header(name: "Content-Type", value: "application/json")], body: value.encoded())
    }
}
