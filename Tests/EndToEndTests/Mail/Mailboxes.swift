import Foundation
import Support
import Testing

/// The mailboxes of everybody at a stack that delivers into a directory, behind a program that looks for viruses.
///
/// That program follows every link of a mail before its reader sees it, and must use nothing up (security C1).
struct Mailboxes {
    private let stack: Stack
    private let directory: Maildir

    init(_ stack: Stack) {
        self.stack = stack
        directory = Maildir(stack.directory + "/state/mail")
    }

    /// The newest mail to an address, when all that is owed has been delivered.
    func mail(_ subject: String, to recipient: String, at place: SourceLocation = #_sourceLocation) throws
        -> Maildir.Message
    {
        #expect(try eventually(within: 20) { try owed() == 0 }, sourceLocation: place)
        let found = try directory.messages().last { $0.subject == subject && $0.recipient == recipient }
        return try #require(found, "no mail \"\(subject)\"", sourceLocation: place)
    }

    /// Its link below a path, after it was scanned.
    func link(
        _ path: String, in subject: String, to recipient: String, at place: SourceLocation = #_sourceLocation
    ) throws -> String {
        let mail = try mail(subject, to: recipient, at: place)
        let link = mail.links.first { $0.hasPrefix("\(stack.origin)\(path)?token=") }
        try scan([mail], at: place)
        return try #require(link, "no link below \(path)", sourceLocation: place)
    }

    /// All that came to anybody.
    func mails() throws -> [Maildir.Message] {
        #expect(try eventually(within: 20) { try owed() == 0 })
        return try directory.messages()
    }

    /// Follows every link of mails, as browsers and as programs, and sees that no table has changed.
    func scan(_ mails: [Maildir.Message], at place: SourceLocation = #_sourceLocation) throws {
        let before = try sums()
        for link in mails.flatMap(\.links) {
            for method in ["HEAD", "GET"] {
                for type in ["text/html", "*/*"] {
                    let answer = try Curl("").send(method, link, headers: ["Accept": type])
                    // 410 for a link that was used before.
                    #expect([200, 410].contains(answer.status), "\(method) \(link)", sourceLocation: place)
                    #expect(answer.cookies.isEmpty, "\(method) \(link)", sourceLocation: place)
                }
            }
        }
        #expect(try sums() == before, sourceLocation: place)
    }

    /// A sum of the rows of every table.
    func sums() throws -> [String] {
        let tables = try stack.database("SHOW TABLES FROM authfcgi").split(separator: "\n")
        let names = tables.map { "authfcgi.\($0)" }.joined(separator: ", ")
        return try stack.database("CHECKSUM TABLE \(names) EXTENDED").split(separator: "\n").map(String.init)
    }

    private func owed() throws -> Int? {
        let count = try stack.database(
            "SELECT COUNT(*) FROM authfcgi.outbox_messages WHERE delivered_at IS NULL AND abandoned_at IS NULL")
        return Int(count.trimmingCharacters(in: .newlines))
    }
}
