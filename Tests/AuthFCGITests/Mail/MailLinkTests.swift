import Crypto
import Domain
import Foundation
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// Security E3: where the links of mails lead is the settings' business alone.
@Suite struct `Links in mails` {
    private final class Box {
        var messages: [MailMessage] = []
    }

    private struct KeptTransport: MailTransport {
        let box: Box

        mutating func deliver(_ message: MailMessage) -> DeliveryOutcome {
            box.messages.append(message)
            return .delivered
        }
    }

    private static func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings()
        settings.site.origin = "https://example.org"
        settings.site.name = "Example"
        settings.mail.from = "auth@example.org"
        change(&settings)
        return settings
    }

    /// The text part of what is made of a queued mail.
    private func text(of mail: QueuedMail, _ settings: Settings = settings()) throws -> String {
        let box = Box()
        var room = MailRoom(settings, transport: KeptTransport(box: box))
        #expect(room.deliver(mail) == .delivered)
        let source = String(decoding: try #require(box.messages.first).bytes, as: UTF8.self)
        let part = try #require(source.components(separatedBy: "Content-Type: text/plain").dropFirst().first)
        let body = try #require(part.components(separatedBy: "\r\n\r\n").dropFirst().first)
        let lines = try #require(body.components(separatedBy: "\r\n--").first)
        return String(
            decoding: try #require(Data(base64Encoded: lines, options: .ignoreUnknownCharacters)), as: UTF8.self)
    }

    /// Nothing of a request that could name a host is read at all, but where it comes from.
    @Test func `a request that calls us by another name gets the same links`() throws {
        try withStore { store throws in
            let service = Service()
            _ = service.register("ann", in: &store)
            service.clock.advance(by: .seconds(1))
            let names = Parameter.allCases.map(\.rawValue).filter {
                $0.contains("HOST") || $0.contains("FORWARDED") || $0.contains("SERVER")
            }
            #expect(names == [])
            let visit = Visit("POST", "/auth/recover")
                .with(type: "application/json", Array(#"{"email":"ann@example.org"}"#.utf8))
                .with(.requestURI, "/auth/recover?host=evil.example").with(.queryString, "host=evil.example")
                .with(.referer, "https://evil.example/recover").with(.secFetchSite, "same-origin")
                .with(.userAgent, "Browser https://evil.example/")
            #expect(service.send(visit, in: &store).status == 202)
            let mail = try #require(
                try store.dueMail(at: service.clock.now(), limit: 10).last { $0.template == "recovery" })
            let token = try #require(mail.values?["recovery_token"])
            let lines = try text(of: mail).split(whereSeparator: \.isNewline)
            #expect(
                lines.filter { $0.hasPrefix("http") } == [
                    "https://example.org/auth/recover/reset?token=\(token)", "https://example.org/",
                ])
        }
    }

    @Test(arguments: [
        ("recovery_token", "recovery", "https://example.org/auth/recover/reset?token=o_x"),
        ("not_me_token", "new_device", "https://example.org/auth/not-me?token=o_x"),
        ("not_me_token", "password_changed", "https://example.org/auth/not-me?token=o_x"),
        ("not_me_token", "account_deleted", "https://example.org/auth/not-me?token=o_x"),
    ])
    func `a link leads to the service`(name: String, template: String, link: String) throws {
        #expect(try text(of: mail(template, [name: "o_x"])).contains("\n\(link)\n"))
    }

    @Test func `a link leads to the operator's own page where there is one`() throws {
        let own = Self.settings {
            $0.pages.reset = "/new-password.html"
            $0.pages.notMe = "/stranger.html"
        }
        #expect(
            try text(of: mail("recovery", ["recovery_token": "o_x"]), own)
                .contains("\nhttps://example.org/new-password.html?token=o_x\n"))
        #expect(
            try text(of: mail("new_device", ["not_me_token": "o_x"]), own)
                .contains("\nhttps://example.org/stranger.html?token=o_x\n"))
    }

    @Test func `the mail after "this was not me" does not say that the password stays`() throws {
        let asked = try text(of: mail("recovery", ["recovery_token": "o_x"]))
        #expect(asked.contains("your password stays what it is") && !asked.contains("taken back"))
        let dropped = try text(of: mail("recovery", ["recovery_token": "o_x", "dropped": "1"]))
        #expect(!dropped.contains("stays what it is") && dropped.contains("The former password does\nnot work"))
        #expect(dropped.contains("https://example.org/auth/recover\n"))
    }

    @Test func `whoever has an account already is led to a new password`() throws {
        let lines = try text(of: mail("already_registered", [:])).split(whereSeparator: \.isNewline)
        #expect(
            lines.filter { $0.hasPrefix("http") } == ["https://example.org/auth/recover", "https://example.org/"])
    }

    private func mail(_ template: String, _ values: [String: String]) -> QueuedMail {
        let circumstances = [
            "time": "1769846700", "address": "20010db8000000000000000000000007", "agent": "", "minutes": "30",
        ]
        return QueuedMail(
            id: MessageID(at: .test), template: template, recipient: "ann@example.org",
            values: circumstances.merging(values) { _, new in new }, createdAt: .test, expiresAt: .test + .hours(1),
            attempts: 0)
    }
}
