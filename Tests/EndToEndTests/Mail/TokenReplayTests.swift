import Foundation
import Support
import Testing

/// A link works once, whatever ends in between (security E1).
@Suite struct TokenReplayTests {
    private static let (first, second) = ("correct horse battery staple", "another long enough sentence")

    /// The link of a mail, and with what its reader uses it.
    private struct Link {
        let path: String
        let token: String
        var cookies: [String] = []
        /// What its one use is answered.
        var status = 200
    }

    private let server: TestServer
    private let site: MailedSite

    init() throws {
        server = TestServer(isDurable: true)
        site = try MailedSite(server: server)
    }

    /// One link of each kind, in the mail of somebody of this name.
    private func links(_ name: String) throws -> [Link] {
        let (new, forgetful, moving) = ("new-\(name)@example.org", "\(name)@example.org", "moving-\(name)@example.org")
        let begun = try site.post("/auth/register", ["email": new, "password": Self.first])
        let verify = Link(
            path: "/auth/verify", token: try site.token("/auth/verify", to: new), cookies: begun.cookies, status: 201)
        _ = try site.register(forgetful, Self.first)
        #expect(try site.post("/auth/recover", ["email": forgetful]).status == 202)
        let reset = Link(path: "/auth/recover/reset", token: try site.token("/auth/recover/reset", to: forgetful))
        // Who has moved had the first address for so long that it can be brought back.
        let session = try site.register(moving, Self.first)
        try RootConnection(site.own.root).run(
            "UPDATE users SET email_verified_at = email_verified_at - INTERVAL 8 DAY WHERE email = '\(moving)'")
        #expect(try use(change(to: "moved-\(name)@example.org", session)) == 200)
        let undo = Link(path: "/auth/email/undo", token: try site.token("/auth/email/undo", to: moving))
        let other = try site.register("restless-\(name)@example.org", Self.first)
        return [verify, reset, undo, try change(to: "settled-\(name)@example.org", other)]
    }

    /// The link that confirms the new address of whoever has this session.
    private func change(to next: String, _ session: [String]) throws -> Link {
        let form = ["email": next, "current_password": Self.first]
        #expect(try site.post("/auth/email", form, cookies: session).status == 202)
        let token = try site.token("/auth/email/confirm", to: next)
        return Link(path: "/auth/email/confirm", token: token, cookies: session)
    }

    private func use(_ link: Link) throws -> Int {
        var body = ["token": link.token]
        if link.path == "/auth/recover/reset" { body["new_password"] = Self.second }
        return try site.post(link.path, body, cookies: link.cookies).status
    }

    @Test func `a used link stays used, and an unused one good, when workers and the database are killed`() throws {
        let used = try links("ann")
        let unused = try links("bob")
        for link in used { #expect(try use(link) == link.status, "\(link.path)") }
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
        for link in used {
            // Every worker looks at it, with its own new connection.
            for _ in 0..<8 { #expect(try use(link) == 410, "\(link.path)") }
            let told = try site.curl.send("GET", "\(link.path)?token=\(link.token)", headers: site.json)
            #expect(told.status == 410, "\(link.path)")
        }
        for link in unused {
            let told = try site.curl.send("GET", "\(link.path)?token=\(link.token)", headers: site.json)
            #expect(told.status == 200, "\(link.path)")
            #expect(try use(link) == link.status, "\(link.path)")
            #expect(try use(link) == 410, "\(link.path)")
        }
        for name in ["ann", "bob"] {
            let form = ["username": "\(name)@example.org", "password": Self.second]
            #expect(try site.post("/auth/login", form).status == 200)
        }
    }
}
