import Foundation
import Support
import Testing

/// A forgotten password, and somebody else's sign-in, on their whole way: request, courier, mail, link.
@Suite struct RecoveryJourneyTests {
    private static let first = "correct horse battery staple"
    private static let second = "another long enough sentence"

    private let json = ["Accept": "application/json"]

    private func started(_ sink: MailSink) throws -> (own: OwnService, curl: Curl) {
        let own = try OwnService(
            settings: """
                registration = "open";
                \(OwnService.cheapSettings)
                mail = {
                    transport = "smtp"; from = "auth@example.org";
                    smtp = { host = "localhost"; port = \(sink.port); security = "none"; };
                };
                """)
        try own.start()
        return (own, Curl(try own.startWeb().origin))
    }

    /// The path and query of the first link below `path` in the text of the mail with this subject.
    private func link(_ path: String, in subject: String, of sink: MailSink) throws -> String {
        var found: String?
        #expect(
            try eventually(within: 20) {
                let text = try sink.messages().last { $0.headers["Subject"] == subject }?.text ?? ""
                let lines = text.split(whereSeparator: \.isNewline).map(String.init)
                found = lines.first { $0.hasPrefix("http://localhost:8080\(path)?token=") }
                return found != nil
            })
        return String(try #require(found).dropFirst("http://localhost:8080".count))
    }

    private func register(_ curl: Curl) throws -> [String] {
        let registered = try curl.post(
            "/auth/register", form: ["email": "ann@example.org", "password": Self.first], headers: json)
        #expect(registered.status == 201)
        return registered.cookies
    }

    private func signIn(_ curl: Curl, _ password: String, cookies: [String] = []) throws -> Curl.Answer {
        try curl.post(
            "/auth/login", form: ["email": "ann@example.org", "password": password], headers: json, cookies: cookies)
    }

    @Test func `the link leads to us whatever a request calls us, works once, and stands in no log`() throws {
        let sink = try MailSink()
        let (own, curl) = try started(sink)
        let cookies = try register(curl)
        var hostile = json
        hostile["Host"] = "evil.example"
        hostile["X-Forwarded-Host"] = "evil.example"
        hostile["X-Forwarded-Proto"] = "gopher"
        hostile["Forwarded"] = "host=evil.example"
        for address in ["ann@example.org", "nobody@example.org"] {
            let asked = try curl.post("/auth/recover", form: ["email": address], headers: hostile)
            #expect(asked.status == 202)
            #expect(asked.body == #"{"success":true}"#)
        }
        let link = try link("/auth/recover/reset", in: "A new password for Example", of: sink)
        #expect(try sink.messages().allSatisfy { !$0.source.contains("evil.example") })
        let token = try #require(link.split(separator: "=").last.map(String.init))
        for method in ["GET", "HEAD", "GET"] {
            #expect(try curl.send(method, link, headers: json).status == 200)
        }
        let form: KeyValuePairs = ["token": token, "new_password": Self.second]
        #expect(try curl.post("/auth/recover/reset", form: form, headers: json).status == 200)
        #expect(try curl.post("/auth/recover/reset", form: form, headers: json).status == 410)
        #expect(try curl.send("GET", link, headers: json).status == 410)
        #expect(try curl.send("GET", "/auth/session", cookies: cookies).status == 401)
        #expect(try signIn(curl, Self.first).status == 401)
        #expect(try signIn(curl, Self.second).status == 200)
        // To prove the address, to set a password, that it was set, and that somebody signed in whom nothing knows any more.
        #expect(try eventually(within: 10) { try sink.messages().count == 4 })
        #expect(try sink.messages().allSatisfy { $0.recipients == ["ann@example.org"] })
        try expectNoLog(of: own, holds: [token, Self.first, Self.second])
    }

    @Test func `a stranger's sign-in is told, and the link in the notice throws him out`() throws {
        let sink = try MailSink()
        let (own, curl) = try started(sink)
        let owner = try register(curl)
        let known = try signIn(curl, Self.first, cookies: owner)
        #expect(known.status == 200)
        // In the network in which the account began; that it began is told.
        #expect(try eventually(within: 10) { try sink.messages().count == 1 })
        #expect(try sink.messages().allSatisfy { $0.headers["Subject"]?.contains("sign-in") == false })
        let root = try RootConnection(own.root)
        try root.run("UPDATE users SET email_verified_at = created_at")
        try root.run("DELETE FROM known_networks")
        let stranger = try signIn(curl, Self.first)
        #expect(stranger.status == 200)
        let link = try link("/auth/not-me", in: "A new sign-in to your account at Example", of: sink)
        let token = try #require(link.split(separator: "=").last.map(String.init))
        let told = try curl.send("GET", link, headers: json)
        #expect(told.body.contains(#""will":["end_sessions","block_password","start_recovery"]"#))
        #expect(try curl.send("GET", "/auth/session", cookies: stranger.cookies).status == 200)
        #expect(try curl.post("/auth/not-me", form: ["token": token], headers: json).status == 200)
        for cookies in [stranger.cookies, known.cookies] {
            #expect(try curl.send("GET", "/auth/session", cookies: cookies).status == 401)
        }
        #expect(try signIn(curl, Self.first).status == 401)
        #expect(try curl.post("/auth/not-me", form: ["token": token], headers: json).status == 410)
        let way = try self.link("/auth/recover/reset", in: "A new password for Example", of: sink)
        let secret = try #require(way.split(separator: "=").last.map(String.init))
        let reset = try curl.post(
            "/auth/recover/reset", form: ["token": secret, "new_password": Self.second], headers: json)
        #expect(reset.status == 200)
        #expect(try signIn(curl, Self.second).status == 200)
        try expectNoLog(of: own, holds: [token, secret])
        #expect(try eventually { try root.rows("SELECT COUNT(payload) FROM outbox_messages") == [["0"]] })
    }

    /// Neither ours nor the web server's.
    private func expectNoLog(of own: OwnService, holds secrets: [String]) throws {
        let folder = own.directory + "/web/state/log"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" } + [own.log]
        #expect(files.count > 1)
        for file in files {
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
            for secret in secrets { #expect(!text.contains(secret), "\(file)") }
        }
    }
}
