import Foundation
import Support
import Testing

/// Requests do not wait for mail servers, and what people type becomes nobody's header or recipient (security E5, E7).
@Suite struct SlowMailTests {
    private static let (first, second) = ("correct horse battery staple", "another long enough sentence")

    @Test func `requests answer as fast before a slow mail server as before a quick one, and all mail arrives once`()
        throws
    {
        let sites = try [MailedSite(), MailedSite()]
        let rounds = Chaos.isLong ? 60 : 25
        var cookies = try sites.map { site in
            try #require(try site.register("ann@example.org", Self.first).first)
        }
        let delay = Chaos.every(3, long: 30)
        try sites[1].sink.behave(.slow, delay: delay)
        var times: [String: [[Duration]]] = [:]
        for round in 0..<rounds {
            let passwords = round.isMultiple(of: 2) ? [Self.first, Self.second] : [Self.second, Self.first]
            // In turn, so that what else happens on this machine happens to both.
            for index in round.isMultiple(of: 2) ? [0, 1] : [1, 0] {
                let client = TimedClient(port: sites[index].web.port)
                let answers = [
                    "recover": try client.post("/auth/recover", ["email": "ann@example.org"]),
                    "register": try client.post(
                        "/auth/register", ["email": "user\(round)@example.org", "password": Self.first]),
                    "password": try client.post(
                        "/auth/password", ["current_password": passwords[0], "new_password": passwords[1]],
                        cookie: cookies[index]),
                ]
                for (name, timed) in answers {
                    #expect(timed.answer.status == (name == "password" ? 200 : 202), "\(name): \(timed.answer.body)")
                    times[name, default: [[], []]][index].append(timed.time)
                }
                cookies[index] = answers["password"]?.session ?? cookies[index]
            }
        }
        for (name, lots) in times {
            let (quick, slow) = (lots[0].median, lots[1].median)
            // Who waited for the server would wait for its delay. Only a machine that does nothing else compares them closely.
            #expect(slow < .seconds(delay) / 2, "\(name): \(quick) and \(slow)")
            if Chaos.isLong { #expect(slow <= quick * 2 + .milliseconds(5), "\(name): \(quick) and \(slow)") }
        }
        // The mails really waited.
        #expect(try sites[1].sink.messages().count < rounds)
        try sites[1].sink.behave(.good)
        for site in sites {
            #expect(try eventually(within: 90) { try site.isQuiet() })
            let messages = try site.sink.messages()
            let owed = try RootConnection(site.own.root).rows(
                "SELECT COUNT(*) FROM outbox_messages WHERE template <> 'nobody'")
            #expect(owed == [["\(1 + 3 * rounds)"]])
            #expect(messages.count == 1 + 3 * rounds)
            #expect(Set(messages.map { $0.headers["Message-ID"] }).count == messages.count)
            for round in 0..<rounds {
                #expect(messages.count { $0.recipients == ["user\(round)@example.org"] } == 1)
            }
        }
    }

    private static let hostileAddresses = [
        "ann@example.org\r\nBcc: mallory@evil.example", "ann@example.org\nBcc: mallory@evil.example",
        "ann@example.org,mallory@evil.example", "ann@example.org, mallory@evil.example",
        "ann@example.org mallory@evil.example", "ann@example.org;mallory@evil.example",
        "ann@example.org>\r\nRCPT TO:<mallory@evil.example", "Bcc: mallory@evil.example",
        "\"ann\r\nBcc: x\"@evil.example", "Ann <mallory@evil.example>", "ann@evil.example\r\n.\r\nMAIL FROM:<>",
        "ann@evil.example\u{0}", "ann@evil.example%0d%0aBcc:mallory@evil.example", "a,b@evil.example",
    ]

    private static let hostileNames = [
        "Ann\r\nBcc: mallory@evil.example", "Ann, mallory@evil.example", "Bcc: mallory@evil.example",
        "Ann <mallory@evil.example>", "Ann\u{2028}Bcc: mallory@evil.example", "=?utf-8?q?=0D=0ABcc:_m=40evil.example?=",
    ]

    @Test func `no address or name adds a recipient or a header`() throws {
        let site = try MailedSite()
        let honest = "ann@example.org"
        let cookies = try site.register(honest, Self.first)
        for address in Self.hostileAddresses {
            for (path, session) in [
                ("/auth/register", []), ("/auth/recover", []), ("/auth/verify/resend", []), ("/auth/email", cookies),
            ] {
                var body = ["email": address]
                if path == "/auth/register" { body["password"] = Self.first }
                if path == "/auth/email" { body["current_password"] = Self.first }
                let answer = try site.post(path, body, cookies: session)
                #expect([400, 422].contains(answer.status), "\(path) \(address.debugDescription): \(answer.body)")
            }
        }
        var expected: Set = [honest]
        for (number, name) in Self.hostileNames.enumerated() {
            let address = "user\(number)@example.org"
            let form = ["email": address, "name": name, "password": Self.first]
            let answer = try site.post("/auth/register", form)
            #expect([202, 422].contains(answer.status), "\(name.debugDescription): \(answer.body)")
            guard answer.status == 202 else { continue }
            expected.insert(address)
            let token = try site.token("/auth/verify", to: address)
            let session = try site.post("/auth/verify", ["token": token], cookies: answer.cookies)
            #expect(session.status == 201)
            let next = "next\(number)@example.org"
            expected.insert(next)
            let change = try site.post(
                "/auth/email", ["email": next, "current_password": Self.first],
                cookies: session.cookies.filter { $0.hasPrefix("__Host-sid=s_") })
            #expect(change.status == 202, "\(change.body)")
            #expect(try site.post("/auth/recover", ["email": address]).status == 202)
        }
        #expect(expected.count > 2)
        #expect(try eventually(within: 30) { try site.isQuiet() })
        let messages = try site.sink.messages()
        #expect(Set(messages.flatMap(\.recipients)) == expected)
        let names: Set = [
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        ]
        for message in messages {
            #expect(message.recipients.count == 1)
            #expect(Set(message.headers.keys).isSubset(of: names), "\(message.headers.keys)")
            let all = [message.source, message.text ?? "", message.html ?? ""].joined()
            #expect(!all.contains("evil.example") && !all.lowercased().contains("bcc:"))
        }
        // What the mail server was told, word for word.
        for command in site.sink.commands() where command.hasPrefix("RCPT") {
            #expect(expected.contains { command == "RCPT TO:<\($0)>" }, "\(command)")
        }
        #expect(site.sink.commands().count == 3 * messages.count)
    }
}
