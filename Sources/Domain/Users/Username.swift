import Text

/// A name that a person chooses to sign in with: NFKC and case folded, ASCII, never an `@`.
package struct Username: Sendable, Hashable {
    /// Also the key: there is one spelling.
    package let text: String

    /// Nil unless the folded form is `^[a-z0-9][a-z0-9._-]{1,30}$`.
    package init?(_ input: String) {
        guard input.utf8.count <= 200, let folded = Normalization.nfkcCaseFolded(input) else { return nil }
        let bytes = Array(folded.utf8)
        guard (2...31).contains(bytes.count), Username.startsName(bytes[0]),
            bytes.allSatisfy({ Username.startsName($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D })
        else { return nil }
        text = folded
    }

    package init(stored text: String) {
        self.text = text
    }

    /// Names that would be taken for a part of the system or of its staff.
    package var isReserved: Bool { Username.reserved.contains(text) }

    private static func startsName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static let reserved: Set<String> = [
        "abuse", "account", "accounts", "admin", "administrator", "anonymous", "api", "auth", "billing", "daemon",
        "everyone", "guest", "help", "hostmaster", "info", "login", "logout", "mail", "me", "moderator", "nobody",
        "noc", "none", "no-reply", "noreply", "null", "official", "operator", "owner", "password", "postmaster",
        "register", "root", "security", "self", "settings", "signin", "signup", "staff", "support", "sysadmin",
        "system", "undefined", "user", "users", "webmaster", "www",
    ]
}
