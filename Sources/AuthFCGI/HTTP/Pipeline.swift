import Domain
import Logging
import Persistence

/// The same steps for every route: path, body, origin, caller, input, handler, answer.
struct Pipeline: Sendable {
    let app: App
    let pool: Pool
    private let router: Router
    private let checkEndpoint: CheckEndpoint
    /// How important the line of a request is, nil where no line is written: to ask the logger each time costs a copy of it.
    ///
    /// Checks are so many that theirs are for `log.level = "debug"` only.
    let lineLevel: Logger.Level?

    init(app: App, pool: Pool, routes: [Route]? = nil) {
        self.app = app
        checkEndpoint = CheckEndpoint(app: app)
        self.pool = pool
        router = Router(routes ?? Routes.all(with: app.compat), basePath: app.site.basePath)
        let level: Logger.Level = pool == .check ? .debug : .info
        lineLevel = app.log.logLevel <= level ? level : nil
    }

    var batchLimit: Int { pool == .check ? CheckEndpoint.batchLimit : 1 }

    /// Answers requests that came together, which ask the database together where they are checks.
    func respond(to requests: [Request], with store: inout Store, send: (Int, Response) -> Void) {
        let start = ContinuousClock.now
        if pool == .check { checkEndpoint.prefetch(for: requests, within: pool.patience, &store) }
        defer { store.dropPrefetched() }
        for (index, request) in requests.enumerated() {
            send(index, respond(to: request, with: &store, since: start))
        }
    }

    /// Never throws: whatever goes wrong is an answer. The store comes back whatever happens.
    ///
    /// - Parameter start: when the worker began with it.
    func respond(
        to request: Request, with store: inout Store, since start: ContinuousClock.Instant = .now
    ) -> Response {
        var caller: Caller?
        var route = RouteLabel.none
        var response = answer(request, &caller, &route, &store)
        addCommonHeaders(to: &response, request)
        let time = ContinuousClock.now - start
        app.meter.request(route: route, status: response.status, time: time)
        note(request, response, caller, time)
        return response
    }

    /// Answers a request for which there is no room, and does nothing else.
    func turnAway(_ request: Request) -> Response {
        let start = ContinuousClock.now
        let route = noteOverload(request)
        var response = busy(request)
        addCommonHeaders(to: &response, request)
        let time = ContinuousClock.now - start
        app.meter.request(route: route, status: response.status, time: time)
        note(request, response, nil, time)
        return response
    }

    private func busy(_ request: Request) -> Response {
        Answer.problem(
            .refused(HTTPRefusal("service_busy", .limited, status: 503, retryAfter: .seconds(1))), to: request,
            in: app)
    }

    /// - Parameters:
    ///   - caller: becomes who is calling, for the log.
    ///   - route: becomes what is called, for the meter.
    private func answer(
        _ request: Request, _ caller: inout Caller?, _ route: inout Int, _ store: inout Store
    ) -> Response {
        let age = request.age(at: app.clock.now())
        if age > pool.patience {
            route = noteOverload(request)
            return busy(request)
        }
        store.beginRequest(after: age)
        if CheckEndpoint.answers(request) {
            route = RouteLabel.check
            return check(request, &store)
        }
        do throws(Failure) {
            let arrival = try find(request)
            route = arrival.route.number
            return exchange(arrival, &caller, &store)
        } catch {
            return Answer.problem(error, to: request, in: app)
        }
    }

    /// Counts a request that nobody waits for any more where it would have been counted.
    private func noteOverload(_ request: Request) -> Int {
        if CheckEndpoint.answers(request) {
            app.meter.check(.overloaded)
            return RouteLabel.check
        }
        guard let route = (try? find(request))?.route else { return RouteLabel.none }
        if route.isSignIn { app.meter.login(.busy) }
        return route.number
    }

    /// The check has its own rules: every method, no body, no origin; a constant policy (decisions 16, 17).
    private func check(_ request: Request, _ store: inout Store) -> Response {
        guard pool == .check else { return Answer.problem(misrouted(request, to: .check), to: request, in: app) }
        return checkEndpoint.answer(request, &store)
    }

    private func find(_ request: Request) throws(Failure) -> Arrival {
        guard let documentURI = request[.documentURI], let requestURI = request[.requestURI],
            let path = RequestPath.canonical(documentURI: documentURI, requestURI: requestURI)
        else { throw .refused(HTTPRefusal.malformed) }
        let method = request[.requestMethod].flatMap(Method.init)
        switch router.route(method, path) {
        case .missing: throw .refused(HTTPRefusal.notFound)
        case .wrongMethod(let allowed): throw .refused(HTTPRefusal.methodNotAllowed(allowed))
        case .found(let route, let values):
            guard route.pool == pool else { throw misrouted(request, to: route.pool) }
            return Arrival(request: request, route: route, path: values, style: Arrival.Style(request, route))
        }
    }

    /// A location that sends a route to the wrong pool is the operator's mistake; the client sees nothing there.
    private func misrouted(_ request: Request, to right: Pool) -> Failure {
        app.log.error(
            "a location sends a route to the wrong pool; mend the nginx file",
            metadata: request.logged.with([
                "path": "\(request[.documentURI] ?? "")", "pool": "\(pool.rawValue)", "right_pool": "\(right.rawValue)",
            ]))
        return .refused(HTTPRefusal.notFound)
    }

    private func exchange(_ arrival: Arrival, _ caller: inout Caller?, _ store: inout Store) -> Response {
        let (request, route) = (arrival.request, arrival.route)
        var input: Input?
        var back: ReturnTarget?
        do throws(Failure) {
            let credential = Credential(request, cookieName: app.site.cookieName)
            let body = try route.body(of: request)
            let verdict = try permit(request, route, credential)
            let decoded = try Input(body, of: route)
            input = decoded
            back = app.site.back(from: request, input: decoded)
            caller = try identify(route, credential, &store)
            if verdict == .tokenRequired { try requireToken(request, decoded, caller) }
            if route.isMailing, !app.site.sendsMail { throw Failure.refused(HTTPRefusal.mailDisabled) }
            let response = try handle(arrival, decoded, caller, &store)
            if route.isSignIn { app.meter.login(.password) }
            return response
        } catch {
            if route.isSignIn { app.meter.login(LoginOutcome(error)) }
            log(error, request, route)
            return switch arrival.style {
            case .form: Answer.form(error, to: request, of: route, back: back, input: input, in: app)
            case .page: Answer.page(error, to: request, of: route, in: app)
            case .api: Answer.refusal(error, to: request, as: route.profile, input: input, in: app)
            }
        }
    }

    /// The browser, where it matters: only the pool `login` tries passwords.
    private func device(of arrival: Arrival) -> Device? {
        pool == .login ? app.devices.open(arrival.request[.cookie], at: app.clock.now()) : nil
    }

    /// Runs the handler with the store moved in and out again.
    private func handle(
        _ arrival: Arrival, _ input: Input, _ caller: Caller?, _ store: inout Store
    ) throws(Failure) -> Response {
        guard let origin = Origin(arrival.request, device: device(of: arrival)) else {
            throw .refused(HTTPRefusal.malformed)
        }
        var exchange = Exchange(app: app, arrival: arrival, origin: origin, input: input, caller: caller, store: store)
        let result: Result<Response, Failure>
        do throws(Failure) { result = .success(try arrival.route.handler(&exchange)) } catch {
            result = .failure(error)
        }
        store = exchange.takeStore()
        return try result.get()
    }
}
