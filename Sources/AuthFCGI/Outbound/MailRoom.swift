internal import Crypto
internal import Domain

/// Makes a mail of what is queued, and gives it to the way by which mail leaves.
struct MailRoom<Transport: MailTransport & ~Copyable>: ~Copyable {
    private let templates: MailTemplates
    private let writer: MailWriter
    private let site: MailSite
    private var transport: Transport

    init(_ settings: Settings, transport: consuming Transport) {
        templates = MailTemplates(directory: settings.mail.templates)
        site = MailSite(settings)
        writer = MailWriter(
            sender: settings.mail.from, senderName: settings.mail.fromName.isEmpty ? site.name : settings.mail.fromName,
            domain: site.domain)
        self.transport = transport
    }

    mutating func deliver(_ mail: QueuedMail) -> DeliveryOutcome {
        guard let values = mail.values else {
            return .refused(reason: "it was sealed under a key that the keyring no longer has")
        }
        do throws(MailTemplates.Problem) {
            let content = try templates.render(mail.template, site.values + MailValues.readable(values, site))
            guard let message = writer.write(content, mail) else {
                return .refused(reason: "an address is not one that mail can go to")
            }
            return transport.deliver(message)
        } catch {
            // The operator can mend it, and the mail is still worth something then.
            return .postponed(reason: error.text)
        }
    }
}

/// What every mail says of the site. Links are made of settings only: no request says where they lead (security E3).
struct MailSite: Sendable {
    let name: String
    let home: String
    private let origin: String
    let domain: String
    private let service: String
    private let pages: Settings.Pages

    init(_ settings: Settings) {
        service = settings.site.origin + settings.site.basePath
        origin = settings.site.origin
        pages = settings.pages
        name = settings.site.name
        home = settings.site.origin + settings.pages.home
        domain = SettingText.host(ofOrigin: settings.site.origin) ?? "localhost"
    }

    /// The page of a link, and the name that a template knows it by; nil for what is no secret of a link.
    func link(_ name: String, _ secret: String) -> (name: String, value: String)? {
        let (link, own, path) =
            switch name {
            case "verification_token": ("link", pages.verify, "/verify")
            case "recovery_token": ("link", pages.reset, "/recover/reset")
            case "email_token": ("link", pages.confirmEmail, "/email/confirm")
            case "undo_token": ("undo", pages.undoEmail, "/email/undo")
            case "not_me_token": ("not_me", pages.notMe, "/not-me")
            default: ("", "", "")
            }
        guard !link.isEmpty else { return nil }
        return (link, "\(own.isEmpty ? service + path : origin + own)?token=\(secret)")
    }

    var values: [(name: String, value: String)] {
        // Where one asks for a new password.
        [("site", name), ("home", home), ("recover", service + "/recover")]
    }
}

/// What is queued, in the form in which people read it.
enum MailValues {
    static func readable(_ values: [String: String], _ site: MailSite) -> [(name: String, value: String)] {
        values.map { name, value in
            if let link = site.link(name, value) { return link }
            return switch name {
            case "time": (name, Int64(value).map { Instant(seconds: $0).readable } ?? "")
            case "address": (name, Hex.decode(value).flatMap { NetworkAddress(bytes: $0) }?.text ?? "")
            // What a browser calls itself, a stranger's too: no line of it, and no more than a line.
            case "agent": (name, String(Output.printable(value).prefix(120)))
            default: (name, value)
            }
        }
    }
}

/// Mails with made-up values, for whoever writes templates.
struct MailPreview {
    private let templates: MailTemplates
    private let site: MailSite

    init(_ settings: Settings) {
        templates = MailTemplates(directory: settings.mail.templates)
        site = MailSite(settings)
    }

    func content(of kind: MailKind) throws(MailTemplates.Problem) -> MailWriter.Content {
        // 2026-01-31 08:05 UTC, 2001:db8::7
        var values = [
            "time": "1769846700", "address": "20010db8000000000000000000000007", "agent": "Browser/1.0 <b>&amp;</b>",
            "hours": "24", "minutes": "30", "code": "12345678", "undo_token": "SECRET", "not_me_token": "SECRET",
        ]
        switch kind {
        case .verification: values["verification_token"] = "SECRET"
        case .recovery: values["recovery_token"] = "SECRET"
        case .emailConfirmation: values["email_token"] = "SECRET"
        default: break
        }
        return try templates.render(kind.rawValue, site.values + MailValues.readable(values, site))
    }
}
