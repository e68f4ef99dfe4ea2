import Crypto
import Domain
import JSON

/// The only place where a `Failure` becomes a response.
enum Answer {
    /// What a client may know of a failure: its code, texts and status.
    struct Told {
        let status: Int
        let code: String
        let field: String?
        let complaints: [Complaint]
        let retryAfter: Duration?
        let header: Response.Header?

        init(_ failure: Failure) {
            switch failure {
            case .refused(let refusal):
                let http = refusal as? HTTPRefusal
                status = http?.status ?? Answer.status(of: refusal.kind)
                code = refusal.code
                field = refusal.field
                complaints = refusal.complaints
                retryAfter = refusal.retryAfter
                header = http?.header
            case .fault(let fault):
                field = nil
                complaints = []
                header = nil
                switch fault.kind {
                case .unavailable(let code, let wait):
                    status = 503
                    self.code = code
                    retryAfter = wait
                case .defect:
                    status = 500
                    code = "internal_error"
                    retryAfter = nil
                }
            }
        }

        /// Of a page: 401 belongs to the API, because a browser could not answer its challenge.
        var pageStatus: Int { status == 401 ? 422 : status }

        /// Whether it is the secret of a link that is worth nothing.
        var isDeadLink: Bool { field == "token" }

        /// Whether the same form would be refused again, whatever is typed.
        var isFinal: Bool { [403, 409].contains(status) }
    }

    /// Adding a kind breaks the build here, and only here.
    static func status(of kind: RefusalKind) -> Int {
        switch kind {
        case .malformed: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .missing: 404
        case .conflict: 409
        case .gone: 410
        case .invalid: 422
        case .limited: 429
        }
    }

    /// A refusal as the clients of the route's profile read it.
    static func refusal(
        _ failure: Failure, to request: Request, as profile: ResponseProfile, input: Input?, in app: App
    ) -> Response {
        let told = Told(failure)
        var response: Response
        switch profile {
        case .canonical: return problem(failure, to: request, in: app)
        case .boilerplate: response = BoilerplateJSON.refusal(told)
        case .skill: response = SkillJSON.refusal(told, input)
        case .usrak: response = UsrakJSON.refusal(told)
        }
        finish(&response, told, request, app)
        return response
    }

    /// `application/problem+json` (RFC 9457) with the members of the house's conventions.
    static func problem(_ failure: Failure, to request: Request, in app: App) -> Response {
        let told = Told(failure)
        let text = ErrorCatalogue.entry(told.code)
        var members: [(String, JSONValue)] = [
            ("type", .string("\(app.site.errorsURL)#\(told.code)")),
            ("title", .string(text.title)),
            ("status", .integer(Int64(told.status))),
            ("detail", .string(text.detail)),
            ("instance", .string("urn:uuid:\(request.id)")),
            ("code", .string(told.code)),
            ("error_code", .string(told.code)),
            ("success", .bool(false)),
            ("message", .string(text.detail)),
            ("trace_id", .string(request.id.description)),
        ]
        if let field = told.field { members.append(("field", .string(field))) }
        if !told.complaints.isEmpty {
            members.append(("errors", .array(told.complaints.map(error))))
        }
        var response = Response(told.status, body: JSONValue.object(JSONObject(members)).encoded())
        response.add("Content-Type", "application/problem+json")
        finish(&response, told, request, app)
        return response
    }

    /// The refusal of a plain form: back to the page it came from, or a page of ours (decisions 12).
    static func form(
        _ failure: Failure, to request: Request, of route: Route, back: ReturnTarget?, input: Input?, in app: App
    ) -> Response {
        let told = Told(failure)
        guard told.status < 500, let back else {
            return again(told, request, route, input, app) ?? refusal(told, request, route, app)
        }
        let target = back.refusing(code: told.code, field: told.field)
        var response = Response(303)
        response.add("Location", target)
        if let input {
            let flash = Flash(code: told.code, field: told.field, values: input.keepable)
            response.add("Set-Cookie", app.flash.cookie(flash, at: app.clock.now()))
        }
        finish(&response, told, request, app)
        return response
    }

    /// The refusal of a page that somebody asked for: it leads to where it can be mended, else it is a page itself.
    static func page(_ failure: Failure, to request: Request, of route: Route, in app: App) -> Response {
        let told = Told(failure)
        let wanted = request[.requestURI].flatMap { app.site.target($0)?.settled } ?? app.site.homePage
        let mending: String? =
            switch told.code {
            // A link brings its secret: it would have to come along.
            case _ where route.page?.bringsToken == true: nil
            case "authentication_required", "session_expired": app.site.signIn(andBackTo: wanted)
            case "reauth_required": app.site.confirm(andBackTo: wanted)
            default: nil
            }
        guard let mending else { return refusal(told, request, route, app) }
        return Response(303, headers: [Response.Header(name: "Location", value: mending)])
    }

    /// The page with the form once more, where no address may hold what the form needs: the secret of a link. A button that
    /// asks for nothing has nothing to mend, and the page says only with its link's secret what it does.
    private static func again(
        _ told: Told, _ request: Request, _ route: Route, _ input: Input?, _ app: App
    ) -> Response? {
        guard let page = route.page, page.bringsToken, !told.isDeadLink, !told.isFinal, let input,
            page.fields.contains(where: { $0.name == told.field || input.has($0.name) }),
            let token = try? input.secret("token")
        else { return nil }
        var sheet = PageSheet(page, for: request, in: app)
        sheet.texts["token"] = token.reveal()
        sheet.complaint = PageComplaint(told, values: input.keepable)
        sheet.status = told.pageStatus
        var response = sheet.response
        finish(&response, told, request, app)
        return response
    }

    private static func refusal(_ told: Told, _ request: Request, _ route: Route, _ app: App) -> Response {
        let html = RefusalPage.html(told, request: request.id, page: route.page, site: app.site)
        var response = Response(told.pageStatus, body: Array(html.text.utf8))
        response.add("Content-Type", "text/html; charset=utf-8")
        response.add("Content-Security-Policy", app.site.contentSecurityPolicy)
        if route.page?.bringsToken == true { response.add("Referrer-Policy", "no-referrer") }
        finish(&response, told, request, app)
        return response
    }

    private static func finish(_ response: inout Response, _ told: Told, _ request: Request, _ app: App) {
        // With a redirect they would mean something else: RFC 9110, 10.2.3, has a client wait before it follows.
        if response.status == told.status {
            if let header = told.header { response.headers.append(header) }
            if let wait = told.retryAfter { response.add("Retry-After", String(max(1, wait.secondsRoundedUp))) }
        }
        if response.status == 401 {
            let bearer = Credential(request, cookieName: app.site.cookieName).isBearer
            response.add("WWW-Authenticate", "Bearer realm=\"authfcgi\"" + (bearer ? ", error=\"invalid_token\"" : ""))
        }
    }

    /// RFC 6901, section 3; an unknown field has the name that the client chose.
    private static func pointer(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    private static func error(_ complaint: Complaint) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("pointer", .string("/" + pointer(complaint.field))),
            ("code", .string(complaint.code)),
            ("detail", .string(ErrorCatalogue.entry(complaint.code).detail(complaint.parameters))),
        ]
        if !complaint.parameters.isEmpty {
            let sorted = complaint.parameters.sorted { $0.key < $1.key }
            members.append(("params", .object(JSONObject(sorted.map { ($0.key, .integer(Int64($0.value))) }))))
        }
        return .object(JSONObject(members))
    }
}
