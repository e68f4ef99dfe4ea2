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
    }

    /// Adding a kind breaks the build here, and only here.
    static func status(of kind: RefusalKind) -> Int {
        switch kind {
        case .malformed: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .missing: 404
        case .conflict: 409
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
    static func form(_ failure: Failure, to request: Request, back: ReturnTarget?, input: Input?, in app: App)
        -> Response
    {
        let told = Told(failure)
        guard told.status < 500, let back else { return page(told, request, app) }
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

    private static func page(_ told: Told, _ request: Request, _ app: App) -> Response {
        // 401 belongs to the API: a browser could not answer its challenge.
        var response = Response(told.status == 401 ? 422 : told.status)
        response.body = RefusalPage.render(told, request: request.id, site: app.site)
        response.add("Content-Type", "text/html; charset=utf-8")
        response.add("Content-Security-Policy", app.site.contentSecurityPolicy)
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
