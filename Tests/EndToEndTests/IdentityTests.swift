import JSON
import Support
import Testing

extension WatchedTests {
    /// Identity comes from the check alone (security F4, F5): an application and the logs hear nothing else.
    @Suite struct IdentityTests {
        static let canary = "spoofed-admin"

        /// Every spelling in which programs have taken identities from clients.
        static let headers = [
            "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username",
            "X-Auth-Request-Groups", "X-Auth-Session", "X-Auth-User-Id", "X-Auth-Decision", "X-Auth-Reason",
            "Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Remote-User", "X-Forwarded-User",
            "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-User-Email",
            "X-Forwarded-User-Roles", "Proxy", "REMOTE_USER", "Remote_User", "X_Auth_Request_User", "X_Forwarded_User",
            "AUTH_TYPE", "AUTH_POLICY",
        ]

        private let stack: Stack

        init() throws { stack = try WatchedStack.shared.get() }

        @Test func `an application gets the person from the check and no credential of ours`() throws {
            let visitor = try Visitor.registered(at: stack)
            let id = try #require(try visitor.get("/auth/me").text("id"))
            let page = try visitor.curl.send(
                "GET", "/hello/", headers: ["X-Other": "kept"], cookies: ["first=1"] + visitor.cookies + ["last=2"])
            #expect(page.text("REMOTE_USER") == id)
            #expect(page.text("HTTP_X_AUTH_REQUEST_USER") == id)
            #expect(page.text("HTTP_X_AUTH_REQUEST_PREFERRED_USERNAME") == visitor.username)
            // An address that nobody has proved is no identity.
            #expect(page.text("HTTP_X_AUTH_REQUEST_EMAIL") == "")
            #expect(page.text("HTTP_COOKIE") == "first=1; last=2")
            #expect(page.text("HTTP_X_OTHER") == "kept")
            #expect(!page.body.contains("s_"))
        }

        @Test func `a stranger is a stranger, whatever the headers say`() throws {
            let spoofed = Dictionary(uniqueKeysWithValues: Self.headers.map { ($0, Self.canary) })
            let lines = try stack.logged {
                let page = try Curl(stack.origin).send("GET", "/hello/", headers: spoofed)
                #expect(page.status == 200)
                #expect(page.text("REMOTE_USER") == "")
                #expect(!page.body.contains(Self.canary))
                let refused = try Curl(stack.origin).send("GET", "/members/", headers: spoofed)
                #expect(refused.status == 401)
            }
            #expect(!lines.isEmpty)
            #expect(!lines.contains { $0.contains(Self.canary) })
        }

        @Test func `a member stays who he is, whatever the headers say`() throws {
            let visitor = try Visitor.registered(at: stack)
            let spoofed = Dictionary(uniqueKeysWithValues: Self.headers.map { ($0, Self.canary) })
            let id = try visitor.get("/auth/me").text("id")
            let page = try visitor.get("/hello/", headers: spoofed)
            #expect(page.text("REMOTE_USER") == id)
            #expect(!page.body.contains(Self.canary))
        }

        @Test func `a bearer token is ours to read as well`() throws {
            let page = try Curl(stack.origin).send(
                "GET", "/hello/", headers: ["Authorization": "Bearer \(Self.canary)"])
            #expect(!page.body.contains(Self.canary))
        }

        @Test(arguments: ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X_Forwarded_For", "Client-IP"])
        func `an address is where the connection comes from`(header: String) throws {
            let visitor = try Visitor.registered(at: stack)
            var browser = visitor.elsewhere
            let answer = try browser.post(
                "/auth/login", ["username": visitor.username, "password": visitor.password],
                headers: [header: "203.0.113.9"])
            #expect(answer.status == 200)
            let seen = try stack.database(
                """
                SELECT DISTINCT HEX(address) FROM authfcgi.sessions JOIN authfcgi.users ON users.id = user_id
                WHERE email = '\(visitor.email)'
                """)
            #expect(!seen.contains("CB007109"))
            #expect(seen.split(separator: "\n").count <= 2)
        }
    }
}
