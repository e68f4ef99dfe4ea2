internal import Foundation

/// The mails that were delivered into a directory.
package struct Maildir: Sendable {
    /// One of them, as Python's own parser reads it.
    package struct Message: Sendable, Decodable {
        package let recipient: String
        package let subject: String
        package let text: String
        package let html: String

        /// Every address that the mail leads to, each once.
        package var links: [String] {
            var found: [String] = []
            for match in (text + "\n" + html).matches(of: /https?:\/\/[^\s"<>]+/) {
                let link = String(match.output)
                if !found.contains(link) { found.append(link) }
            }
            return found
        }
    }

    private let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// All of them, in the order in which they came.
    package func messages() throws -> [Message] {
        let printed = try Command("python3", "-c", Self.program, path + "/new").output()
        return try JSONDecoder().decode([Message].self, from: Data(printed.utf8))
    }

    private static let program = #"""
        import email, email.policy, json, os, sys

        def read(entry):
            with open(entry.path, "rb") as file: message = email.message_from_binary_file(file, policy=email.policy.default)
            part = lambda kind: message.get_body((kind,)).get_content()
            return {"recipient": message["To"].addresses[0].addr_spec, "subject": str(message["Subject"]),
                "text": part("plain"), "html": part("html")}

        entries = list(os.scandir(sys.argv[1])) if os.path.isdir(sys.argv[1]) else []
        entries.sort(key=lambda entry: entry.stat().st_mtime_ns)
        print(json.dumps([read(entry) for entry in entries]))
        """#
}
