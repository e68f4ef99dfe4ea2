import Domain
import Logging
import Persistence

/// What nginx asks before every protected request (decisions 16–19): 200, 401 or 403, or 503 when it cannot be decided.
struct CheckEndpoint: Sendable {
    private let app: App
    private let identityHeaders: IdentityHeaders

    init(app: App) {
        self.app = app
        identityHeaders = IdentityHeaders(app.check)
    }

    /// Only an `internal` location of nginx sets a policy, also an empty one; its path is its own.
    static func answers(_ request: Request) -> Bool {
        request[.authPolicy] != nil
    }

    /// As many checks are answered together at most: the first one has to wait for the answer to all.
    static let batchLimit = 8

    /// Looks up who brings these requests before they are answered one after the other. Where that fails, each one is on its own.
    ///
    /// - Parameter patience: who has waited longer is not answered by the database.
    func prefetch(for requests: [Request], within patience: Duration, _ store: inout Store) {
        guard requests.count > 1 else { return }
        let now = app.clock.now()
        var (tokens, oldest): ([SessionToken], Duration) = ([], .zero)
        for request in requests where CheckEndpoint.answers(request) {
            let age = request.age(at: now)
            guard age <= patience, case .session(let token, _) = Credential(request, cookieName: app.site.cookieName)
            else { continue }
            tokens.append(token)
            oldest = max(oldest, age)
        }
        guard tokens.count > 1 else { return }
        store.beginRequest(after: oldest)
        app.sessions.prefetchIdentities(with: tokens, in: &store)
    }

    func answer(_ request: Request, _ store: inout Store) -> Response {
        let policy: CheckPolicy
        do throws(CheckPolicy.Problem) {
            policy = try CheckPolicy(parsing: request[.authPolicy] ?? "")
        } catch {
            app.log.error(
                "a location has a policy that cannot be read, so it denies everybody",
                metadata: request.logged.with([
                    "problem": "\(error.text)", "policy": "\(request[.authPolicy] ?? "")",
                    "location": "\(request[.documentURI] ?? "")",
                ]))
            return deny(.policyInvalid, request)
        }
        do throws(Failure) {
            return try decide(policy, request, &store)
        } catch {
            app.meter.check(CheckOutcome(error))
            if case .fault(let fault) = error {
                app.log.warning(
                    "a check could not be decided",
                    metadata: request.logged.with(["fault": "\(fault.summary)", "place": "\(fault.place)"]))
            }
            var response = Response(503)
            response.add("Retry-After", "1")
            return response
        }
    }

    private func decide(
        _ policy: CheckPolicy, _ request: Request, _ store: inout Store
    ) throws(Failure) -> Response {
        var caller: Identity?
        var brought = true
        switch Credential(request, cookieName: app.site.cookieName) {
        case .none: brought = false
        case .ambiguous: return deny(.ambiguousCredentials, request)
        case .unusable: break
        case .session(let token, let carrier): caller = try app.sessions.identity(with: token, by: carrier, in: &store)
        }
        switch policy.decide(caller, at: app.clock.now()) {
        case .allowed(let caller): return allow(caller)
        case .denied(.authenticationRequired) where brought && caller == nil: return deny(.sessionExpired, request)
        case .denied(let denial): return deny(denial, request)
        }
    }

    private func allow(_ caller: Identity?) -> Response {
        app.meter.check(CheckOutcome(allowing: caller))
        var response = Response(200)
        response.add("X-Auth-Decision", "allow")
        identityHeaders.add(caller, to: &response)
        return response
    }

    private func deny(_ denial: CheckDenial, _ request: Request) -> Response {
        app.meter.check(CheckOutcome(denial))
        var response = Response(denial.isMendedBySigningIn ? 401 : 403)
        response.add("X-Auth-Decision", "deny")
        response.add("X-Auth-Reason", denial.rawValue)
        guard denial.isMendedBySigningIn else { return response }
        response.add("X-Auth-Redirect", app.site.signIn(andBackTo: request[.requestURI] ?? "/"))
        response.add("WWW-Authenticate", "Bearer realm=\"authfcgi\"")
        return response
    }
}
