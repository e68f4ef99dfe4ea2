internal import Crypto
internal import Domain
internal import Glibc

/// Mail into a directory, for machines that send none: every mail client can read it.
///
/// A file is named by the mail's id. A mail that is delivered once more after a crash takes its own place.
struct MaildirTransport: MailTransport {
    private let path: String

    init(path: String) throws(Failure) {
        self.path = path
        for directory in [path, "\(path)/tmp", "\(path)/new", "\(path)/cur"] {
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
                throw .unusable("mail.maildir: \(directory) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
    }

    func deliver(_ message: MailMessage) -> DeliveryOutcome {
        let name = "\(message.id).authfcgi"
        let draft = "\(path)/tmp/\(name)"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return .unreachable(reason: Self.reason(draft)) }
        let isWritten = write(file, message.bytes, message.bytes.count) == message.bytes.count && fsync(file) == 0
        guard close(file) == 0, isWritten, rename(draft, "\(path)/new/\(name)") == 0 else {
            defer { unlink(draft) }
            return .unreachable(reason: Self.reason(draft))
        }
        return .delivered
    }

    private static func reason(_ path: String) -> String { "\(path): \(String(cString: strerror(errno)))" }
}
