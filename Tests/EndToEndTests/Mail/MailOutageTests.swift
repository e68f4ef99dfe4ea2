import Foundation
import JSON
import Support
import Testing

/// A mail server that is away for a while costs nobody anything but time.
@Suite(.waiting) struct MailOutageTests {
    @Test func `what is asked for while the mail server is down arrives once, by itself, when it is back`() throws {
        let site = try MailedSite()
        func register(_ name: String) throws {
            let form = ["email": "\(name)@example.org", "password": "correct horse battery staple"]
            #expect(try site.post("/auth/register", form).status == 202)
        }
        try register("before")
        _ = try site.token("/auth/verify", to: "before@example.org")
        let names = (0..<8).map { "user\($0)" }
        site.sink.goDown()
        for name in names { try register(name) }
        // The courier knows, has told so once, and has tried again.
        let tries = "SELECT COUNT(*) FROM outbox_messages WHERE attempts > 0 AND payload IS NOT NULL"
        let root = try RootConnection(site.own.root)
        #expect(try eventually(within: 40) { try root.rows(tries) != [["0"]] && root.rows(tries) != [["1"]] })
        #expect(try told("mail cannot be delivered", by: site.own) == 1)
        #expect(try site.sink.messages().count == 1)
        try site.sink.comeBack()
        #expect(try eventually(within: 60) { try site.isQuiet() })
        #expect(try told("mail is delivered again", by: site.own) == 1)
        let messages = try site.sink.messages()
        #expect(
            messages.map(\.recipients).sorted { $0[0] < $1[0] } == (["before"] + names).map { ["\($0)@example.org"] })
        #expect(Set(messages.map { $0.headers["Message-ID"] }).count == 9)
        let states = try root.rows("SELECT DISTINCT delivered_at IS NOT NULL, payload IS NULL FROM outbox_messages")
        #expect(states == [["1", "1"]])
        // Links that waited work.
        let token = try site.token("/auth/verify", to: "user3@example.org")
        #expect(try site.curl.send("GET", "/auth/verify?token=\(token)", headers: site.json).status == 200)
    }

    private func told(_ event: String, by own: OwnService) throws -> Int {
        try own.logged().count { $0.contains("\"\(event)\"") }
    }
}
