internal import CCurl
internal import Crypto
internal import Domain

/// Mail by SMTP (RFC 5321), by libcurl. The connection is kept from one mail to the next.
struct SMTPTransport: MailTransport, ~Copyable {
    private let server: OpaquePointer
    private let sender: String

    /// Seconds for one mail.
    private static let patience = 60

    init(_ settings: Settings.Mail, domain: String) throws(Failure) {
        if let problem = curl_load() {
            throw .unusable("libcurl cannot be loaded: \(String(cString: problem)); install the package libcurl4")
        }
        let smtp = settings.smtp
        let scheme = smtp.security == .tls ? "smtps" : "smtp"
        let host = smtp.host.contains(":") ? "[\(smtp.host)]" : smtp.host
        let password = smtp.password.secret?.reveal()
        let server = smtp_open(
            "\(scheme)://\(host):\(smtp.port)/\(domain)", smtp.security.protection, smtp.user.isEmpty ? nil : smtp.user,
            password, smtp.ca.isEmpty ? nil : smtp.ca, Self.patience)
        guard let server else { throw .unusable("libcurl has no memory") }
        self.server = server
        sender = settings.from
    }

    deinit { smtp_close(server) }

    mutating func deliver(_ message: MailMessage) -> DeliveryOutcome {
        let result = message.bytes.withUnsafeBytes { bytes in
            smtp_send(
                server, sender, message.recipient, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return Self.outcome(
            isSent: result.is_sent != 0, code: result.code, command: Self.text(result.command),
            reason: Self.text(result.reason))
    }

    /// - Parameters:
    ///   - code: the server's last answer, 0 for none.
    ///   - command: the last one that was sent.
    static func outcome(isSent: Bool, code: Int, command: String, reason: String) -> DeliveryOutcome {
        if isSent { return .delivered }
        let told = command.isEmpty ? reason : "\(command): \(reason)"
        switch (command, code) {
        // It closes the connection: RFC 5321, section 3.8.
        case (_, 421): return .unreachable(reason: told)
        // About this mail and this mailbox.
        case ("RCPT", 500...), ("DATA", 500...): return .refused(reason: told)
        case ("RCPT", 400..<500), ("DATA", 400..<500): return .postponed(reason: told)
        // It broke off within this mail, or said nothing about this mailbox: what it said last was about the sender.
        case ("RCPT", _), ("DATA", _): return .postponed(reason: told)
        // Before a mailbox was named nothing is about this mail: the connection, the sign-in, or who sends.
        default: return .unreachable(reason: told)
        }
    }

    private static func text<Bytes>(_ bytes: Bytes) -> String {
        withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension Settings.Mail.SMTP.Security {
    fileprivate var protection: smtp_security {
        switch self {
        case .none: SMTP_PLAIN
        case .starttls: SMTP_STARTTLS
        case .tls: SMTP_TLS
        }
    }
}
