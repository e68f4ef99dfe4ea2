internal import Crypto
internal import Domain

/// A rendered mail on its way out.
struct MailMessage: Sendable {
    let id: MessageID
    let recipient: String
    /// Headers and body as RFC 5322 wants them, lines ended by CR LF.
    let bytes: [UInt8]
}

/// Writes mails (RFC 5322, RFC 2045–2047, RFC 3834). Bodies are base 64, so that no line is too long, none begins with a dot,
/// and none is changed on its way.
struct MailWriter: Sendable {
    struct Content: Sendable, Equatable {
        let subject: String
        let text: String
        /// Nil for a mail of text only.
        let html: String?
    }

    let sender: String
    let senderName: String
    /// What stands behind the `@` of Message-IDs.
    let domain: String

    /// Nil when an address or a header would hold a byte that ends it.
    func write(_ content: Content, _ mail: QueuedMail) -> MailMessage? {
        // Nobody's name is in the header of a mail to him: an address is all that a server needs.
        guard MailWriter.isPlain(sender), MailWriter.isPlain(mail.recipient) else { return nil }
        let boundary = "=_\(Hex.encode(mail.id.bytes))"
        var lines = [
            "Date: \(mail.createdAt.rfc5322)",
            "From: \(MailWriter.phrase(senderName)) <\(sender)>",
            "To: <\(mail.recipient)>",
            "Subject: \(MailWriter.encoded(content.subject))",
            // The same at every try: who gets a mail twice can see it.
            "Message-ID: <\(mail.id)@\(domain)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        let parts = [("plain", content.text)] + (content.html.map { [("html", $0)] } ?? [])
        if parts.count > 1 {
            lines += ["Content-Type: multipart/alternative; boundary=\"\(boundary)\"", ""]
            for (type, body) in parts { lines += ["--\(boundary)"] + MailWriter.part(type, body) }
            lines += ["--\(boundary)--"]
        } else {
            lines += MailWriter.part("plain", content.text)
        }
        return MailMessage(
            id: mail.id, recipient: mail.recipient, bytes: Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
    }

    private static func part(_ type: String, _ body: String) -> [String] {
        ["Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: base64", ""]
            + wrapped(Base64.encode(Array(body.utf8)))
    }

    /// Lines of 76 characters (RFC 2045, section 6.8).
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            lines.append(String(rest.prefix(76)))
            rest = rest.dropFirst(76)
        }
        return lines
    }

    /// An address that can stand between angle brackets: nothing that would end the bracket, the line, or the command that it
    /// is a part of. libcurl passes on whatever it is given.
    static func isPlain(_ address: String) -> Bool {
        (3...254).contains(address.utf8.count) && address.contains("@")
            && address.unicodeScalars.allSatisfy { scalar in
                scalar.value > 0x20 && scalar != "<" && scalar != ">" && scalar != "," && scalar != ";"
                    && !(0x7F...0xA0).contains(scalar.value) && scalar.value != 0x2028 && scalar.value != 0x2029
            }
    }

    /// The text of a header: as it is when it is plain ASCII, else as encoded words (RFC 2047, section 2) of at most 75
    /// characters, none of which splits a character.
    static func encoded(_ text: String) -> String {
        let isASCII = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        if isASCII, text.utf8.count <= 60, !text.contains("=?") { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        for character in text {
            // A control character becomes a space: nothing ends the line.
            let added =
                character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
                ? [0x20] : Array(character.utf8)
            if bytes.count + added.count > 42 {
                words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
                bytes = []
            }
            bytes += added
        }
        words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
        return words.joined(separator: "\r\n ")
    }

    /// A display name (RFC 5322, section 3.2.5).
    static func phrase(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard isPlain, name.utf8.count <= 60, !name.contains("=?") else { return encoded(name) }
        return "\"\(name)\""
    }
}
