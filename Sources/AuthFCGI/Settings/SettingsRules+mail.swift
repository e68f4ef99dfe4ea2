internal import Domain

extension SettingsRules {
    var mail: [SettingsProblem] {
        let mail = settings.mail
        guard mail.transport != .none else { return [] }
        return when(
            EmailAddress(mail.from) == nil || !MailWriter.isPlain(mail.from), "mail.from",
            mail.from.isEmpty
                ? "is not set, but \(named("mail.transport")) sends mail; write for example `mail = { from = \"auth@example.org\"; };`"
                : "is not an e-mail address")
            + when(
                mail.fromName.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "mail.from_name",
                "has a control character")
            + transport(mail)
            + when(
                !mail.templates.isEmpty && !mail.templates.hasPrefix("/"), "mail.templates", Self.noAbsolutePath)
    }

    private func transport(_ mail: Settings.Mail) -> [SettingsProblem] {
        let smtp = mail.smtp
        switch mail.transport {
        case .none: return []
        case .sendmail: return when(!mail.sendmail.hasPrefix("/"), "mail.sendmail", Self.noAbsolutePath)
        case .maildir: return when(!mail.maildir.hasPrefix("/"), "mail.maildir", Self.noAbsolutePath)
        case .smtp:
            let isLocal = ["localhost", "127.0.0.1", "::1"].contains(smtp.host)
            let isHost =
                !smtp.host.isEmpty
                && smtp.host.utf8.allSatisfy { byte in
                    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || ".:-_".utf8.contains(byte)
                }
            return when(!isHost, "mail.smtp.host", "is not the name or address of a host")
                + when(
                    smtp.security == .none && !isLocal, "mail.smtp.security",
                    "is `none`, but \(named("mail.smtp.host")) is another machine: everybody on the way could read the mail; "
                        + "use `starttls` or `tls`")
                + when(
                    smtp.user.isEmpty != (smtp.password.secret == nil), "mail.smtp.user",
                    "and \(named("mail.smtp.password")) go together; set both or neither")
                + when(!smtp.ca.isEmpty && !smtp.ca.hasPrefix("/"), "mail.smtp.ca", Self.noAbsolutePath)
        }
    }
}
