import Crypto
import Domain
import Foundation
import JSON
import Logging
import Persistence
import Support

@testable import AuthFCGI

/// The service in the process of the test: requests go through the whole pipeline into a leased schema.
struct Service: Sendable {
    let clock = TestClock()
    private let router: Router
    let app: App
    private let pipelines: [Pool: Pipeline]

    init(meter: Meter = .none, _ change: (inout Settings) -> Void = { _ in }) {
        var settings = Settings()
        settings.site.origin = "https://example.org"
        settings.site.name = "Example"
        settings.passwords.cost = .test
        settings.limits = .generous
        settings.registration = .open
        settings.pages.signIn = "/signin.html"
        settings.mail.transport = .maildir
        change(&settings)
        var log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        log.logLevel = .critical
        let policy = PasswordPolicy(preset: settings.passwords.preset, contextWords: [settings.site.name])
        let app = App(settings: settings, keyring: .test, policy: policy, clock: clock, log: log, meter: meter)
        self.app = app
        router = Router(Routes.all(with: settings.compat), basePath: "/auth")
        pipelines = Dictionary(uniqueKeysWithValues: Pool.allCases.map { ($0, Pipeline(app: app, pool: $0)) })
    }

    /// Sends a request as nginx would, to the pool of its route unless another one is named.
    func send(_ visit: Visit, to pool: Pool? = nil, in store: inout Store) -> Response {
        pipeline(pool ?? self.pool(of: visit)).respond(to: request(visit), with: &store)
    }

    /// What a client gets for whom there is no room.
    func turnAway(_ visit: Visit) -> Response { pipeline(pool(of: visit)).turnAway(request(visit)) }

    func pipeline(_ pool: Pool) -> Pipeline {
        guard let pipeline = pipelines[pool] else { preconditionFailure("every pool has a pipeline") }
        return pipeline
    }

    func request(_ visit: Visit) -> Request {
        Request(id: RequestID(at: clock.now()), parameters: FixedParameters(visit.parameters), body: visit.body)
    }

    private func pool(of visit: Visit) -> Pool {
        if visit.parameters[.authPolicy] != nil { return .check }
        let method = Method(rawValue: visit.parameters[.requestMethod] ?? "") ?? .get
        let path = visit.parameters[.documentURI] ?? ""
        if case .found(let route, _) = router.route(method, path) { return route.pool }
        return .web
    }
}

/// One request, built up by what a test says.
struct Visit: Sendable {
    var parameters: [Parameter: String]
    var body = Body.complete([])

    init(_ method: String, _ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        parameters = [
            .requestMethod: method, .documentURI: String(parts[0]), .requestURI: target,
            .queryString: parts.count > 1 ? String(parts[1]) : "", .remoteAddress: "127.0.0.1",
            .userAgent: "Test/1.0",
        ]
    }

    static func get(_ target: String) -> Visit { Visit("GET", target) }

    static func post(_ target: String, json: JSONValue) -> Visit {
        Visit("POST", target).with(type: "application/json", json.encoded())
    }

    static func post(_ target: String, form: String) -> Visit {
        Visit("POST", target).with(type: "application/x-www-form-urlencoded", Array(form.utf8))
            .with(.origin, "https://example.org")
    }

    static func check(_ policy: String, uri: String = "/members/") -> Visit {
        Visit("GET", uri).with(.authPolicy, policy).with(.documentURI, "/_auth/members")
    }

    func with(_ parameter: Parameter, _ value: String?) -> Visit {
        var copy = self
        copy.parameters[parameter] = value
        return copy
    }

    func with(type: String, _ bytes: [UInt8]) -> Visit {
        var copy = with(.contentType, type).with(.contentLength, String(bytes.count))
        copy.body = .complete(bytes)
        return copy
    }

    func with(cookie: String) -> Visit { with(.cookie, cookie).with(.secFetchSite, "same-origin") }

    func with(bearer: String) -> Visit { with(.authorization, "Bearer \(bearer)") }
}

final class FixedParameters: ParameterSource {
    private let values: [Parameter: String]

    init(_ values: [Parameter: String]) { self.values = values }

    func value(of parameter: Parameter) -> String? { values[parameter] }
}

extension Settings.Limits {
    static let generous: Settings.Limits = {
        let wide = Budget(burst: 10_000, every: .milliseconds(1))
        var limits = Settings.Limits()
        limits.signInAddress = wide
        limits.signInPair = wide
        limits.signInAccount = wide
        limits.signInDevice = wide
        limits.signInNetwork = wide
        limits.registerAddress = wide
        limits.registerPair = wide
        limits.registerAccount = wide
        limits.rename = wide
        limits.mailAddress = wide
        limits.mailClient = wide
        return limits
    }()
}

extension Response {
    var json: JSONValue? { try? JSONValue.parse(body) }

    var code: String? { json?["code"]?.text }

    var text: String { String(decoding: body, as: UTF8.self) }

    func all(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// `name=value` of the session's cookie that the response sets.
    var sessionCookie: String? {
        all("Set-Cookie").first { $0.hasPrefix("__Host-sid=") }?.split(separator: ";").first.map(String.init)
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
}

let goodPassword = "correct horse battery"

extension Service {
    /// Registers `name@example.org` and returns the cookie.
    func register(_ name: String, in store: inout Store) -> String {
        let visit = Visit.post(
            "/auth/register",
            json: [
                "email": .string("\(name)@example.org"), "username": .string(name), "password": .string(goodPassword),
            ])
        guard let cookie = send(visit, in: &store).sessionCookie else { preconditionFailure("registration failed") }
        return cookie
    }
}
