import Foundation
import JSON
import Support
import Testing

/// Mail on its whole way: queued by a request, rendered and sent by the courier, taken by a real mail server.
@Suite(.waiting) struct MailDeliveryTests {
    private static func settings(_ sink: MailSink, _ more: String = "security = \"none\";") -> String {
        """
        \(OwnService.cheapSettings)
        mail = {
            transport = "smtp"; from = "auth@example.org"; from_name = "Beispiel Süd";
            smtp = { host = "localhost"; port = \(sink.port); \(more) };
        };
        """
    }

    /// A service that mails to the sink.
    private func started(_ sink: MailSink, _ more: String = "security = \"none\";") throws -> OwnService {
        let own = try OwnService(settings: Self.settings(sink, more))
        try own.start()
        return own
    }

    private func test(_ own: OwnService, _ address: String) throws {
        let service = own.service
        let words = [service.program, "mail", "test", "--config", service.settings, "--", address]
        #expect(try Command(service.environment + words).run().status == 0)
    }

    private func listed(_ own: OwnService) throws -> [JSONObject] {
        let printed = try own.service.command("mail", "list", "--json").output
        guard case .array(let mails) = try JSONValue.parse(Array(printed.utf8)) else { return [] }
        return mails.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    private func state(_ own: OwnService) throws -> [String] {
        try listed(own).map { mail in
            if case .string(let state)? = mail["state"] { state } else { "" }
        }
    }

    @Test func `a mail arrives once, with both parts, and nothing of it stays`() throws {
        let sink = try MailSink()
        let own = try started(sink)
        try test(own, "Jörg.Müller@exämple.org")
        #expect(try eventually(within: 10) { try !sink.messages().isEmpty })
        let message = try #require(try sink.messages().first)
        #expect(message.sender == "auth@example.org")
        #expect(message.recipients == ["Jörg.Müller@xn--exmple-cua.org"])
        #expect(message.headers["From"] == "Beispiel Süd <auth@example.org>")
        #expect(message.headers["Subject"] == "A test mail of Example")
        #expect(message.headers["Auto-Submitted"] == "auto-generated")
        #expect(message.headers["Message-ID"]?.hasSuffix("@localhost>") == true)
        #expect(message.text?.hasPrefix("Mail of Example arrives.") == true)
        #expect(message.text?.contains("http://localhost:8080/") == true)
        #expect(message.html?.contains("<p>Mail of Example arrives.") == true)
        #expect(
            message.source.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy {
                $0.utf8.count <= 998
            })
        #expect(try eventually(within: 5) { try state(own) == ["delivered"] })
        let root = try RootConnection(own.root)
        #expect(try root.rows("SELECT payload IS NULL, attempts FROM outbox_messages") == [["1", "1"]])
        pause(seconds: 2)
        #expect(try sink.messages().count == 1)
    }

    @Test(arguments: [("starttls", ""), ("tls", ""), ("starttls", "mailer:s3cret s3cret")])
    func `mail goes encrypted, and signs in, where the settings say so`(security: String, account: String) throws {
        let sink = try MailSink(security: security, account: account)
        let words = account.split(separator: ":").map(String.init)
        let user = words.isEmpty ? "" : "user = \"\(words[0])\"; password = \"\(words[1])\";"
        let own = try started(sink, "security = \"\(security)\"; ca = \"\(sink.certificate)\"; \(user)")
        try test(own, "ann@example.org")
        #expect(try eventually(within: 10) { try !sink.messages().isEmpty })
        let message = try #require(try sink.messages().first)
        #expect(message.isEncrypted)
        #expect(message.user == words.first)
        let log = try String(contentsOfFile: own.log, encoding: .utf8)
        #expect(!log.contains("s3cret"))
    }

    @Test func `a server whose certificate nobody vouches for, or that has none, gets no mail`() throws {
        for (kind, security) in [("starttls", "starttls"), ("none", "starttls")] {
            let sink = try MailSink(security: kind)
            let own = try started(sink, "security = \"\(security)\";")
            try test(own, "ann@example.org")
            #expect(
                try eventually(within: 10) {
                    try listed(own).contains { mail in if case .string? = mail["problem"] { true } else { false } }
                })
            #expect(try sink.messages().isEmpty)
            #expect(try state(own) == ["waiting"])
            #expect(sink.commands().isEmpty)
        }
    }

    @Test(arguments: [
        (MailSink.Mode.recipientNever, "abandoned", "RCPT: 550 5.1.1 no such mailbox"),
        (.messageNever, "abandoned", "DATA: 554 5.7.1 not wanted"),
        (.recipientLater, "waiting", "RCPT: 451 4.7.1 try again"),
        (.messageLater, "waiting", "DATA: 452 4.2.2 full"),
    ])
    func `what the server says decides, and an operator sees it and can try again`(
        mode: MailSink.Mode, expected: String, problem: String
    ) throws {
        let sink = try MailSink()
        try sink.behave(mode)
        let own = try started(sink)
        try test(own, "ann@example.org")
        #expect(
            try eventually(within: 10) {
                guard let mail = try listed(own).first else { return false }
                return mail["problem"] == .string(problem) && mail["state"] == .string(expected)
            })
        #expect(try sink.messages().isEmpty)
        try sink.behave(.good)
        guard case .string(let id)? = try listed(own).first?["id"] else {
            Issue.record("the mail has no id")
            return
        }
        #expect(try own.service.command("mail", "retry", id).status == 0)
        #expect(try eventually(within: 10) { try state(own) == ["delivered"] })
        #expect(try sink.messages().count == 1)
        #expect(try own.service.command("mail", "retry", id).status == 1)
    }

    @Test(arguments: [MailSink.Mode.busy, .drops, .keepsAndDrops])
    func `a server that hangs up gets the mail later, under the same Message-ID`(mode: MailSink.Mode) throws {
        let sink = try MailSink()
        try sink.behave(mode)
        let own = try started(sink)
        try test(own, "ann@example.org")
        #expect(
            try eventually(within: 10) {
                try listed(own).contains { mail in if case .string? = mail["problem"] { true } else { false } }
            })
        #expect(try state(own) == ["waiting"])
        try sink.behave(.good)
        guard case .string(let id)? = try listed(own).first?["id"] else { return }
        #expect(try own.service.command("mail", "retry", id).status == 0)
        #expect(try eventually(within: 20) { try state(own) == ["delivered"] })
        let messages = try sink.messages()
        #expect(messages.count == (mode == .keepsAndDrops ? 2 : 1))
        #expect(Set(messages.map { $0.headers["Message-ID"] }).count == 1)
    }

    @Test func `a killed courier is replaced, and mails that wait arrive once`() throws {
        let sink = try MailSink()
        let own = try started(sink)
        let before = try own.service.status().processes(of: "courier")
        #expect(before.count == 1)
        for number in 0..<5 { try test(own, "user\(number)@example.org") }
        kill(try #require(before.first), SIGKILL)
        for number in 5..<10 { try test(own, "user\(number)@example.org") }
        #expect(try eventually(within: 20) { try state(own).count { $0 == "delivered" } >= 9 })
        let recipients = try sink.messages().flatMap(\.recipients)
        #expect(recipients.count <= 10)
        #expect(Set(recipients).count == recipients.count)
        #expect(try own.service.status().processes(of: "courier") != before)
    }

    @Test func `one connection at a time delivers, and the next takes over when it ends`() throws {
        let sink = try MailSink()
        let own = try started(sink)
        let root = try RootConnection(own.root)
        let holder = "SELECT IS_USED_LOCK(CONCAT('authfcgi/courier/', MD5(DATABASE())))"
        #expect(try eventually { try root.rows(holder) != [[nil]] })
        let first = try root.rows(holder)
        kill(try #require(try own.service.status().processes(of: "courier").first), SIGKILL)
        #expect(try eventually { try root.rows(holder) != first && root.rows(holder) != [[nil]] })
    }

    @Test func `whoever changes a password is told so by mail, with when and from where`() throws {
        let sink = try MailSink()
        let own = try started(sink)
        let curl = Curl(try own.startWeb().origin)
        let headers = [
            "Accept": "application/json", "Sec-Fetch-Site": "same-origin", "User-Agent": "Canary/1.0\u{202E}",
        ]
        let (first, second) = ("correct horse battery staple", "another long enough sentence")
        let registered = try curl.post(
            "/auth/register", form: ["email": "Ann@example.org", "password": first], headers: headers)
        #expect(registered.status == 201)
        try RootConnection(own.root).run("UPDATE users SET email_verified_at = created_at")
        let changed = try curl.post(
            "/auth/password", form: ["current_password": first, "new_password": second], headers: headers,
            cookies: registered.cookies)
        #expect(changed.status == 200)
        // The first is the link that proves the address.
        #expect(try eventually { try sink.messages().count == 2 })
        let subject = "Your password at Example was changed"
        let message = try #require(try sink.messages().first { $0.headers["Subject"] == subject })
        #expect(message.recipients == ["Ann@example.org"])
        let text = try #require(message.text)
        #expect(text.contains("From the address 127.0.0.1, with Canary/1.0"))
        #expect(!text.contains("\u{202E}"))
        for secret in [first, second] { #expect(!message.source.contains(secret)) }
    }

    @Test func `mail goes by sendmail or into a directory where the settings say so`() throws {
        let directory = "/tmp/authfcgi-mail-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // What a mail server's program gets: its arguments, and the mail.
        let program = directory + "/sendmail"
        try "#!/bin/sh\nprintf '%s\\n' \"$@\" >'\(directory)/arguments'\ncat >'\(directory)/mail'\n".write(
            toFile: program, atomically: true, encoding: .utf8)
        chmod(program, 0o755)
        let ways = [
            "transport = \"sendmail\"; sendmail = \"\(program)\";",
            "transport = \"maildir\"; maildir = \"\(directory)/box\";",
        ]
        for way in ways {
            let own = try OwnService(
                settings: "\(OwnService.cheapSettings) mail = { from = \"auth@example.org\"; \(way) };")
            try own.start()
            try test(own, "-oQ/tmp@example.org")
            #expect(try eventually { try state(own) == ["delivered"] })
        }
        #expect(
            try String(contentsOfFile: directory + "/arguments", encoding: .utf8)
                == "-i\n-f\nauth@example.org\n--\n-oQ/tmp@example.org\n")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory + "/box/new")
        #expect(files.count == 1)
        for path in [directory + "/mail", directory + "/box/new/" + (files.first ?? "")] {
            let mail = try String(contentsOfFile: path, encoding: .utf8)
            #expect(mail.contains("\r\nTo: <-oQ/tmp@example.org>\r\nSubject: A test mail of Example\r\n"))
        }
    }

    @Test func `where no mail is sent there is no courier`() throws {
        let own = try OwnService()
        try own.start()
        #expect(try own.service.status().processes(of: "courier").isEmpty)
        #expect(try own.service.command("mail", "test", "ann@example.org").status == 1)
    }
}
