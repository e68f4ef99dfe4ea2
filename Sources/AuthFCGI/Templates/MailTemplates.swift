internal import Domain
internal import Glibc

/// The templates of mails: the program's own, or those of a directory that take their place.
///
/// `NAME.txt` has the subject in its first line (`Subject: …`), an empty line, and the text; `NAME.html` is the part for those
/// who prefer it and may be missing where a directory has the text only.
struct MailTemplates: Sendable {
    /// Empty for none.
    let directory: String

    /// Why a mail cannot be written.
    struct Problem: Error, Equatable {
        let text: String
    }

    /// - Parameter values: what the mail says, and what the site says in every mail.
    func render(_ template: String, _ values: [(name: String, value: String)]) throws(Problem) -> MailWriter.Content {
        guard let kind = MailKind(rawValue: template) else {
            throw Problem(text: "there is no template `\(template)`: a newer program may have queued it")
        }
        let (text, html) = try sources(of: kind)
        guard let rendered = Template(source: text).render(values, escaping: .nothing) else {
            throw Problem(text: "the template `\(template).txt` is not valid")
        }
        let lines = String(decoding: rendered, as: UTF8.self).split(
            separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = lines.first, head.hasPrefix("Subject: ") else {
            throw Problem(text: "the template `\(template).txt` does not begin with `Subject: `")
        }
        var body = lines.count > 1 ? lines[1] : ""
        if body.hasPrefix("\n") { body = body.dropFirst() }
        return MailWriter.Content(
            subject: String(head.dropFirst("Subject: ".count)), text: String(body),
            html: try html.map { html throws(Problem) in
                guard let rendered = Template(source: html).render(values) else {
                    throw Problem(text: "the template `\(template).html` is not valid")
                }
                return String(decoding: rendered, as: UTF8.self)
            })
    }

    private func sources(of kind: MailKind) throws(Problem) -> (text: String, html: String?) {
        if !directory.isEmpty, let text = try Self.read("\(directory)/\(kind.rawValue).txt") {
            return (text, try Self.read("\(directory)/\(kind.rawValue).html"))
        }
        return (Self.text(of: kind.own.text), Self.text(of: kind.own.html))
    }

    private static func text(of resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }

    /// Nil when there is no such file.
    private static func read(_ path: String) throws(Problem) -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT { return nil }
            throw Problem(text: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0, count <= limit, let text = String(validating: bytes.prefix(count), as: UTF8.self)
        else {
            throw Problem(text: "\(path) is not text of at most \(limit / 1024) KiB")
        }
        return text
    }

    private static let limit = 256 * 1024
}

extension MailKind {
    /// The program's own templates.
    fileprivate var own: (text: [UInt8], html: [UInt8]) {
        switch self {
        case .verification: (PackageResources.verification_txt, PackageResources.verification_html)
        case .alreadyRegistered: (PackageResources.already_registered_txt, PackageResources.already_registered_html)
        case .recovery: (PackageResources.recovery_txt, PackageResources.recovery_html)
        case .emailConfirmation: (PackageResources.email_confirmation_txt, PackageResources.email_confirmation_html)
        case .emailTaken: (PackageResources.email_taken_txt, PackageResources.email_taken_html)
        case .emailChanged: (PackageResources.email_changed_txt, PackageResources.email_changed_html)
        case .confirmationCode: (PackageResources.confirmation_code_txt, PackageResources.confirmation_code_html)
        case .newDevice: (PackageResources.new_device_txt, PackageResources.new_device_html)
        case .passwordChanged: (PackageResources.password_changed_txt, PackageResources.password_changed_html)
        case .accountDeleted: (PackageResources.account_deleted_txt, PackageResources.account_deleted_html)
        case .accountRestored: (PackageResources.account_restored_txt, PackageResources.account_restored_html)
        case .test: (PackageResources.test_txt, PackageResources.test_html)
        }
    }
}
