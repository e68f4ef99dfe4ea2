internal import CSystem
internal import Domain
internal import Glibc

/// Mail by the `sendmail` program that every mail server of the host brings.
struct SendmailTransport: MailTransport {
    private let path: String
    private let sender: String

    /// Milliseconds for one mail.
    private static let patience: Int64 = 60_000

    init(path: String, sender: String) {
        self.path = path
        self.sender = sender
    }

    func deliver(_ message: MailMessage) -> DeliveryOutcome {
        // `-i`: a line with a dot alone ends nothing. `--`: no address is an option.
        let arguments = [path, "-i", "-f", sender, "--", message.recipient]
        var status: Int32 = 0
        let code = withCStrings(arguments) { words in
            system_run(path, words, message.bytes, message.bytes.count, Self.patience, &status)
        }
        guard code == 0 else { return .unreachable(reason: "\(path): \(String(cString: strerror(code)))") }
        return Self.outcome(status: status)
    }

    /// What the exit status of `sysexits.h` means; a signal is a negative one.
    static func outcome(status: Int32) -> DeliveryOutcome {
        switch status {
        case 0: .delivered
        // EX_DATAERR, EX_NOUSER, EX_NOHOST
        case 65, 67, 68: .refused(reason: "sendmail ended with status \(status)")
        case 75: .postponed(reason: "sendmail ended with status 75 (try again)")
        default:
            .unreachable(
                reason: status < 0 ? "sendmail was ended by signal \(-status)" : "sendmail ended with status \(status)")
        }
    }
}
