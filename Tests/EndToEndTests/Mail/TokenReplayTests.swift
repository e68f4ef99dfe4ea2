import Foundation
import Support
import Testing

/// A link works once, whatever ends in between (security E1).
@Suite struct TokenReplayTests {
    @Test func `a used link stays used, and an unused one good, when workers and the database are killed`() throws {
        let server = TestServer(isDurable: true)
        let site = try MailedSite(server: server)
        for name in ["ann", "bob"] {
            _ = try site.register("\(name)@example.org", "correct horse battery staple")
            #expect(try site.post("/auth/recover", ["email": "\(name)@example.org"]).status == 202)
        }
        let used = try site.token("/auth/recover/reset", to: "ann@example.org")
        let unused = try site.token("/auth/recover/reset", to: "bob@example.org")
        func reset(_ token: String) throws -> Int {
            try site.post(
                "/auth/recover/reset", ["token": token, "new_password": "another long enough sentence"]
            ).status
        }
        #expect(try reset(used) == 200)
        let before = try site.own.service.status().processes()
        for worker in before { kill(worker, SIGKILL) }
        server.kill()
        server.start()
        #expect(
            try eventually(within: 60) {
                guard let now = try? site.own.service.settledStatus(), now.processes().isDisjoint(with: before)
                else { return false }
                return try site.curl.send("GET", "/auth/readyz").status == 200
            })
        // Every worker looks at it, with its own new connection.
        for _ in 0..<8 { #expect(try reset(used) == 422) }
        #expect(try site.curl.send("GET", "/auth/recover/verify?token=\(used)", headers: site.json).status == 422)
        #expect(try site.curl.send("GET", "/auth/recover/verify?token=\(unused)", headers: site.json).status == 200)
        #expect(try reset(unused) == 200)
        #expect(try reset(unused) == 422)
        for name in ["ann", "bob"] {
            let form = ["username": "\(name)@example.org", "password": "another long enough sentence"]
            #expect(try site.post("/auth/login", form).status == 200)
        }
    }
}
