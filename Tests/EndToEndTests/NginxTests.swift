import JSON
import Support
import Testing

/// What the shipped nginx files answer themselves, and that they lead every route to its pool.
@Suite struct NginxTests {
    struct Endpoint: Sendable {
        let method: String
        let path: String
    }

    private let stack: Stack
    private let curl: Curl

    init() throws {
        stack = try Stack.http.get()
        curl = Curl(stack.origin)
    }

    /// Headers of every answer, errors included (security A2).
    private func expectHeaders(of answer: Curl.Answer, _ what: Comment) {
        #expect(answer["X-Content-Type-Options"] == "nosniff", what)
        #expect(answer["Referrer-Policy"] == "same-origin", what)
        #expect(answer["Cross-Origin-Opener-Policy"] == "same-origin", what)
        #expect(answer["Permissions-Policy"]?.contains("publickey-credentials-get=(self)") == true, what)
        #expect(answer["Server"] == "nginx", what)
        for name in ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cache-control"] {
            #expect(answer.headers.filter { $0.name == name }.count <= 1, what)
        }
        if answer["Content-Type"]?.hasPrefix("text/html") == true {
            let policy = answer["Content-Security-Policy"] ?? ""
            for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
                #expect(policy.contains(part), what)
            }
        }
    }

    @Test func `every route is found through nginx, in the pool that serves it`() throws {
        let printed = try Command(stack.program, "routes", "--json").output()
        guard case .array(let rows) = try JSONValue.parse(Array(printed.utf8)) else {
            throw Command.Failed(description: printed)
        }
        #expect(rows.count > 15)
        for row in rows {
            guard case .string(let method)? = row["method"], case .string(let path)? = row["path"] else {
                throw Command.Failed(description: printed)
            }
            let real = path.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix("{") ? "0190a8d2-7c3e-7000-8000-000000000000" : String($0) }.joined(separator: "/")
            let answer = try curl.send(method, real, headers: ["Accept": "application/json"])
            #expect(![404, 405, 502, 503].contains(answer.status), "\(method) \(real)")
            expectHeaders(of: answer, "\(method) \(real)")
            if method == "GET" {
                let head = try curl.send("HEAD", real)
                #expect(head.status == answer.status, "HEAD \(real)")
                #expect(head["Content-Type"] == answer["Content-Type"], "HEAD \(real)")
                #expect(head.body.isEmpty)
            }
        }
        #expect(try !stack.log().contains { $0.contains("wrong pool") })
    }

    @Test(arguments: [
        ("GET", "/nothing", 404), ("GET", "/auth/nothing", 404), ("GET", "/members/..", 400), ("GET", "/auth/me", 401),
        ("GET", "/members/", 401), ("GET", "/auth/check", 404), ("GET", "/_auth/members", 404),
        ("TRACE", "/auth/session", 405), ("TRACE", "/members/", 405), ("PUT", "/auth/me", 405),
        ("DELETE", "/index.html", 405), ("GET", "/", 200), ("GET", "/signin.html", 200), ("GET", "/members", 308),
    ])
    func `errors of nginx have the headers of the service`(method: String, path: String, status: Int) throws {
        let answer = try curl.send(method, path)
        #expect(answer.status == status)
        expectHeaders(of: answer, "\(method) \(path)")
    }

    @Test func `methods that nobody serves are refused with those that are`() throws {
        let answer = try curl.send("PUT", "/auth/me")
        #expect(answer["Allow"] == "DELETE, GET, HEAD, PATCH, POST")
        #expect(answer.code == "method_not_allowed")
    }

    @Test(arguments: ["/auth/login", "/auth/me"]) func `a body is taken up to 64 KiB`(path: String) throws {
        let headers = ["Content-Type": "application/json", "Accept": "application/json"]
        let largest = try curl.send("POST", path, headers: headers, body: String(repeating: " ", count: 65536))
        #expect(largest.status != 413)
        let larger = try curl.send("POST", path, headers: headers, body: String(repeating: " ", count: 65537))
        #expect(larger.status == 413)
        #expect(larger["Content-Type"] == "application/problem+json")
        #expect(larger.code == "body_too_large")
        expectHeaders(of: larger, "413")
    }

    @Test func `the state of the service is told to its own machine only`() throws {
        for path in ["/auth/healthz", "/auth/readyz", "/auth/metrics", "/db-test/ping"] {
            // Another address of the loopback network is no longer the machine itself.
            let status = try Command(
                "curl", "--silent", "--insecure", "--interface", "127.0.0.2", "--output", "/dev/null", "--write-out",
                "%{http_code}", "http://127.0.0.1:\(stack.port)\(path)"
            ).output()
            #expect(status == "403")
        }
        #expect(try curl.send("GET", "/auth/healthz").status == 200)
        #expect(try curl.send("GET", "/auth/readyz").status == 200)
        #expect(try curl.send("GET", "/db-test/ping").status == 200)
    }

    @Test func `two answers have two numbers, and a client cannot choose one`() throws {
        let answers = try (0..<2).map { _ in
            try curl.send("GET", "/auth/password-policy", headers: ["X-Request-Id": "chosen"])
        }
        let numbers = answers.compactMap { $0["X-Request-Id"] }
        #expect(Set(numbers).count == 2)
        #expect(!numbers.contains("chosen"))
    }
}
