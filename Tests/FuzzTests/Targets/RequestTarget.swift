import Crypto
import Domain
import JSON
import Logging
import Persistence
import Support

@testable import AuthFCGI

/// A whole request through the pipeline, with a database that is down: no input makes it a defect of ours, and every
/// answer can be written.
///
/// The input looks like HTTP: the pool's letter, method and target, lines with parameters, an empty line, the body.
enum RequestTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (letter, rest) = input.choice
        guard let pool = Pool.allCases.first(where: { $0.rawValue.utf8.first == letter }), let visit = Visit(rest)
        else {
            return
        }
        let response = answer(visit, from: pool)
        try hold(response.status != 500, "status 500 for \(visit.parameters)")
        try hold(ResponseHead.bytes(for: response, bodyCount: response.body.count) != nil, "unwritable: \(response)")
        for header in response.headers where header.name == "Location" {
            try LenientBrowser.stays(header.value, at: origin, orAt: settings.forms.returnOrigins)
        }
        if response["Content-Type"]?.hasSuffix("json") == true {
            try hold((try? JSONValue.parse(response.body)) != nil, "an answer is no JSON")
        }
    }

    private static func answer(_ visit: Visit, from pool: Pool) -> Response {
        let source = FixedParameters(values: visit.parameters)
        let request = Request(
            id: RequestID(trusted: [UInt8](repeating: 7, count: 16)), parameters: source, body: visit.body)
        guard let pipeline = pipelines[pool] else { preconditionFailure("every pool has a pipeline") }
        return pipeline.respond(to: request, with: &store)
    }

    private static let origin = "https://example.org"

    private static let settings: Settings = {
        var settings = Settings()
        settings.site.origin = origin
        settings.passwords.cost = .test
        settings.forms.formOrigins = ["https://forms.example"]
        settings.forms.settingsOrigins = ["https://settings.example"]
        settings.forms.returnOrigins = ["https://return.example"]
        settings.compat.boilerplate = "/boilerplate"
        settings.compat.skill = "/skill"
        settings.compat.usrak = "/usrak"
        return settings
    }()

    private static let pipelines: [Pool: Pipeline] = {
        let log = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })
        let policy = PasswordPolicy(preset: .standard, contextWords: ["Example"])
        let app = App(settings: settings, keyring: .test, policy: policy, clock: TestClock(), log: log)
        return Dictionary(uniqueKeysWithValues: Pool.allCases.map { ($0, Pipeline(app: app, pool: $0)) })
    }()

    /// One input runs at a time.
    nonisolated(unsafe) private static var store = Store(
        settings: DatabaseSettings(
            socket: "/nonexistent/mysqld.sock", name: "authfcgi", user: "authfcgi", password: nil),
        keyring: .test, incarnation: [UInt8](repeating: 1, count: 16))

    private final class FixedParameters: ParameterSource {
        private let values: [Parameter: String]

        init(values: [Parameter: String]) { self.values = values }

        func value(of parameter: Parameter) -> String? { values[parameter] }
    }

    private struct Visit {
        var parameters: [Parameter: String]
        let body: Body

        init?(_ input: FuzzInput) {
            var lines = input.bytes.split(
                separator: UInt8(ascii: "\n"), maxSplits: 24, omittingEmptySubsequences: false)[...]
            let head = lines.removeFirst().split(separator: UInt8(ascii: " "), maxSplits: 1)
            guard head.count == 2 else { return nil }
            let target = head[1].split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
            parameters = [
                .requestMethod: RequestTarget.text(head[0]), .documentURI: RequestTarget.text(target[0]),
                .requestURI: RequestTarget.text(head[1]), .remoteAddress: "192.0.2.1",
            ]
            if target.count > 1 { parameters[.queryString] = RequestTarget.text(target[1]) }
            while let line = lines.popFirst(), !line.isEmpty {
                let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let parameter = Parameter(rawValue: RequestTarget.text(parts[0])) else {
                    continue
                }
                parameters[parameter] = RequestTarget.text(parts[1])
            }
            body = .complete(Array(lines.joined(separator: [UInt8(ascii: "\n")])))
        }
    }

    /// As it comes from libfcgi: C strings, repaired.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
