import Crypto
import Domain
import Support
import Testing

@testable import AuthFCGI

@Suite struct MailWriterTests {
    private static let id = MessageID(trusted: (1...16).map { UInt8($0) })

    private func mail(to recipient: String) -> QueuedMail {
        QueuedMail(
            id: Self.id, template: "test", recipient: recipient, values: [:],
            createdAt: Instant(seconds: 1_769_846_709), expiresAt: .test, attempts: 0)
    }

    private func written(
        _ content: MailWriter.Content, to recipient: String = "ann@example.org", name: String = "Example"
    )
        -> String?
    {
        let writer = MailWriter(sender: "auth@example.org", senderName: name, domain: "example.org")
        return writer.write(content, mail(to: recipient)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func `a mail of text alone is these lines`() {
        // The base 64 is by coreutils: printf 'Grüße\n.\n' | base64
        #expect(
            written(MailWriter.Content(subject: "Hello", text: "Grüße\n.\n", html: nil))
                == """
                Date: Sat, 31 Jan 2026 08:05:09 +0000\r
                From: "Example" <auth@example.org>\r
                To: <ann@example.org>\r
                Subject: Hello\r
                Message-ID: <01020304-0506-0708-090a-0b0c0d0e0f10@example.org>\r
                Auto-Submitted: auto-generated\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: base64\r
                \r
                R3LDvMOfZQouCg==\r

                """)
    }

    @Test func `no line is longer than mail allows, whatever is in it`() throws {
        let long = String(repeating: "ü", count: 5000)
        let text = try #require(written(MailWriter.Content(subject: long, text: long, html: long), name: long))
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) { #expect(line.utf8.count <= 100) }
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test(arguments: [
        // By Python: email.header.Header("…", "utf-8").encode()
        ("Grüße", "=?UTF-8?B?R3LDvMOfZQ==?="),
        ("plain", "plain"),
        ("=?UTF-8?B?QQ==?=", "=?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?="),
        // A space stands for what would end the line: printf 'a Bcc: e@z' | base64
        ("a\r\nBcc: e@z", "=?UTF-8?B?YSBCY2M6IGVAeg==?="),
        ("a\nBcc: e@z", "=?UTF-8?B?YSBCY2M6IGVAeg==?="),
    ])
    func `a header is one header`(text: String, header: String) {
        #expect(MailWriter.encoded(text) == header)
    }

    @Test(arguments: [
        "ann@example.org\r\nRCPT TO:<evil@example.org>", "ann@example.org>", "<ann@example.org",
        "ann@example.org,evil@z.org",
        "a nn@example.org", "ann@example.org\u{0}", "ann@example.org\u{85}", "ann", "", "ann@example.org;b@c.org",
        "ann@example.org\u{2028}",
    ])
    func `an address that is more than an address gets no mail`(address: String) {
        #expect(written(MailWriter.Content(subject: "a", text: "b", html: nil), to: address) == nil)
    }

    @Test(arguments: [
        (true, 250, "DATA", DeliveryOutcome.delivered),
        (false, 550, "RCPT", .refused(reason: "RCPT: said")),
        (false, 451, "RCPT", .postponed(reason: "RCPT: said")),
        (false, 554, "DATA", .refused(reason: "DATA: said")),
        (false, 452, "DATA", .postponed(reason: "DATA: said")),
        (false, 0, "DATA", .postponed(reason: "DATA: said")),
        (false, 250, "DATA", .postponed(reason: "DATA: said")),
        (false, 250, "RCPT", .postponed(reason: "RCPT: said")),
        (false, 0, "RCPT", .postponed(reason: "RCPT: said")),
        (false, 421, "RCPT", .unreachable(reason: "RCPT: said")),
        (false, 535, "AUTH", .unreachable(reason: "AUTH: said")),
        (false, 550, "MAIL", .unreachable(reason: "MAIL: said")),
        (false, 554, "", .unreachable(reason: "said")),
        (false, 0, "", .unreachable(reason: "said")),
    ])
    func `what a server's answer means depends on what it was asked`(
        isSent: Bool, code: Int, command: String, outcome: DeliveryOutcome
    ) {
        #expect(SMTPTransport.outcome(isSent: isSent, code: code, command: command, reason: "said") == outcome)
    }

    /// Where the link of a mail leads.
    private static let links: [MailKind: String] = [
        .verification: "/verify", .recovery: "/recover/reset", .emailConfirmation: "/email/confirm",
        .emailChanged: "/email/undo", .newDevice: "/not-me", .passwordChanged: "/not-me", .accountDeleted: "/not-me",
    ]

    @Test(arguments: MailKind.allCases)
    func `every mail has a subject, a text and an HTML part that say the same`(kind: MailKind) throws {
        var settings = Settings()
        settings.site.origin = "https://example.org"
        settings.site.name = "A & B"
        let content = try MailPreview(settings).content(of: kind)
        #expect(content.subject.contains("A & B"))
        #expect(!content.subject.contains("{"))
        let html = try #require(content.html)
        for part in [content.text, html] {
            #expect(part.contains("https://example.org/"))
            #expect(!part.contains("{{"))
        }
        #expect(html.contains("A &amp; B") && !html.contains("A & B"))
        #expect(!html.contains("<script") && !html.contains("<img"))
        #expect(content.text.contains("2026-01-31 08:05 UTC") == html.contains("2026-01-31 08:05 UTC"))
        // Who did something stands in every notice, and is nothing but text there.
        if [.recovery, .emailChanged, .newDevice, .passwordChanged, .accountDeleted].contains(kind) {
            #expect(content.text.contains("2001:db8::7"))
            // Strangers can cause that one, and are not to write into it.
            let isTold = kind != .recovery
            #expect(content.text.contains("<b>") == isTold && html.contains("&lt;b&gt;") == isTold)
        }
        let link = MailWriterTests.links[kind]
        for part in [content.text, html] {
            #expect(part.contains("token=SECRET") == (link != nil))
            if let link { #expect(part.contains("https://example.org/auth\(link)?token=SECRET")) }
        }
    }
}
