import Foundation
import Support
import Testing

/// Whatever a client sends, to whatever endpoint: an answer below 500, and no worker ends (security S10, I1–I8).
@Suite struct HostileInputTests {
    /// For each endpoint; the seed differs from one to the next, so that all of them together get very different things.
    static let count = 120

    @Test func `the program lists its endpoints`() {
        #expect(Endpoint.all.count > 15)
        #expect(Set(Endpoint.all.map(\.pool)).isSuperset(of: ["web", "login"]))
    }

    @Test(arguments: Endpoint.all) func `the pool refuses what is hostile and goes on`(_ endpoint: Endpoint) throws {
        let service = try Hostile.stack.get().service
        let before = try service.status().processes()
        let pool = try service.pool(endpoint.pool)
        let login = try service.pool("login")
        let user = try Hostile.user(login)
        var token = user.token
        var input = HostileInput(endpoint, seed: endpoint.seed)
        for (index, request) in input.requests(Self.count, token: "SESSION").enumerated() {
            // A hostile request may well sign out, or delete the account; then the next one needs another.
            if index.isMultiple(of: 20) {
                token = try (try? Hostile.signIn(login, user.name)) ?? Hostile.user(login).token
            }
            let answer = try send(request, of: endpoint, token, to: pool)
            #expect(answer.isFinished && (200..<500).contains(answer.status ?? 0), "\(index): \(answer.status ?? 0)")
            #expect(!answer.headers.contains { $0.name.contains("injected") }, "\(index)")
        }
        #expect(try service.status().processes() == before)
        #expect(try Hostile.timeOfGoodRequest(service.pool("web")) < .seconds(1))
        let defects = try Hostile.defects(of: Hostile.stack.get())
        #expect(defects.isEmpty, "\(defects.prefix(3))")
    }

    private func send(
        _ request: HostileRequest, of endpoint: Endpoint, _ token: String, to pool: FastCGIPool
    ) throws -> FastCGIAnswer {
        // NUL in a parameter is for the gate, which has tests of its own.
        var more = request.headers.map { header in
            let name =
                header.name == "content-type"
                ? "CONTENT_TYPE" : "HTTP_" + header.name.uppercased().replacing("-", with: "_")
            let value = Self.replacing(header.value, token)
            return FastCGIParameter(name, value.filter { $0 != 0 }.prefix(50_000).map { $0 })
        }
        more.append(FastCGIParameter("CONTENT_LENGTH", request.declared ?? "\(request.body.count)"))
        let peer = try FastCGIPeer(pool.path)
        let target = request.target.replacing("\0", with: "")
        peer.send(pool.request(pool.parameters(endpoint.method, target, more: more), body: request.body))
        return peer.answer()
    }

    @Test(arguments: Endpoint.all) func `the web server lets nothing through that harms`(_ endpoint: Endpoint) throws {
        let stack = try Hostile.stack.get()
        let before = try stack.service.status().processes()
        let http = RawHTTP(port: stack.port)
        let token = try Hostile.user(stack.service.pool("login")).token
        var busy = 0
        var input = HostileInput(endpoint, seed: endpoint.seed &+ 1)
        for (index, request) in input.requests(Self.count, token: "SESSION").enumerated() {
            var bytes = Array("\(endpoint.method) ".utf8) + Array(request.target.utf8)
            bytes += Array(" HTTP/1.1\r\nHost: localhost:\(stack.port)\r\nConnection: close\r\n".utf8)
            for header in request.headers {
                bytes += Array("\(header.name): ".utf8) + Self.replacing(header.value, token) + [13, 10]
            }
            bytes += Array("Content-Length: \(request.declared ?? "\(request.body.count)")\r\n\r\n".utf8) + request.body
            let isCutShort = request.declared.flatMap(Int.init) ?? 0 > request.body.count
            let answer = try http.send(bytes, isCutShort: isCutShort)
            // Two workers and four places in the queue are little for all these tests at once: then nobody is served.
            if answer.status == 503, answer.head.contains("Retry-After: 1") { busy += 1; continue }
            #expect((200..<500).contains(answer.status ?? (isCutShort ? 400 : 0)), "\(index): \(answer.status ?? 0)")
            #expect(!answer.head.lowercased().contains("\nx-injected"), "\(index)")
        }
        #expect(busy < Self.count / 4)
        let defects = try Hostile.defects(of: stack)
        #expect(defects.isEmpty, "\(defects.prefix(3))")
        #expect(try stack.service.status().processes() == before)
    }

    @Test func `the check refuses what is hostile, and never opens`() throws {
        let service = try Hostile.stack.get().service
        let pool = try service.pool("check")
        let before = try service.status().processes()
        let endpoint = Endpoint(method: "GET", path: "/_auth/members", pool: "check")
        var input = HostileInput(endpoint, seed: 3)
        for policy in [
            "", "verified=1", "max_age=600", "max_age=9223372036854775808", "max_age=-1", "$x", "optional=1&optional=1",
            "\u{FF}",
        ] {
            for (index, request) in input.requests(100, token: "SESSION").enumerated() {
                var more = request.headers.filter { $0.name != "content-type" }.map {
                    FastCGIParameter(
                        "HTTP_" + $0.name.uppercased().replacing("-", with: "_"),
                        $0.value.filter { $0 != 0 }.prefix(50_000).map { $0 })
                }
                more.append(FastCGIParameter("AUTH_POLICY", policy))
                let answer = try pool.send("GET", "/_auth/members", more: more)
                #expect(answer.status == 401 || answer.status == 403, "\(policy) \(index): \(answer.status ?? 0)")
                #expect(answer["X-Auth-Decision"] != "allow")
            }
        }
        #expect(try service.status().processes() == before)
    }

    private static func replacing(_ value: [UInt8], _ token: String) -> [UInt8] {
        value == Array("Bearer SESSION".utf8) ? Array("Bearer \(token)".utf8) : value
    }
}
