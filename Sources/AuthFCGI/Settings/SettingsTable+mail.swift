internal import Crypto
internal import Domain

extension SettingsTable {
    static let mail: [SettingRow] = [
        SettingRow(
            "mail.transport", \.mail.transport, .choice,
            "How mail leaves: by a mail server, by the host's `sendmail`, into a directory, or not at all."),
        SettingRow(
            "mail.from", \.mail.from, .text, "The address that mail comes from. Required unless no mail is sent.",
            aliases: ["SMTP_SENDER_EMAIL"]),
        SettingRow(
            "mail.from_name", \.mail.fromName, .text, "The name beside it; empty for `site.name`.",
            aliases: ["SMTP_SENDER_NAME"]),
        SettingRow(
            "mail.smtp.host", \.mail.smtp.host, .text, "The mail server.", aliases: ["SMTP_HOST"]),
        SettingRow(
            "mail.smtp.port", \.mail.smtp.port, .integer(1...65535),
            "Its port: 587 for STARTTLS, 465 for TLS, 25 for a server on the same host.", aliases: ["SMTP_PORT"]),
        SettingRow(
            "mail.smtp.security", \.mail.smtp.security, .choice,
            "`starttls` and `tls` demand TLS with a certificate that is valid for the host; `none` is for a server on the same "
                + "host."),
        SettingRow(
            "mail.smtp.user", \.mail.smtp.user, .text, "Who signs in to the server; empty for nobody.",
            aliases: ["SMTP_USERNAME"]),
        SettingRow(
            "mail.smtp.password", \.mail.smtp.password, .secret, "The password to sign in with.",
            aliases: ["SMTP_PASSWORD"]),
        SettingRow(
            "mail.smtp.ca", \.mail.smtp.ca, .text,
            "A file of certificates that vouch for the server; empty for the system's."),
        SettingRow("mail.sendmail", \.mail.sendmail, .text, "The path of the program, for `sendmail`."),
        SettingRow("mail.maildir", \.mail.maildir, .text, "The path of the directory, for `maildir`."),
        SettingRow(
            "mail.templates", \.mail.templates, .text,
            "A directory whose templates take the place of the program's own; empty for none."),
    ]
}
