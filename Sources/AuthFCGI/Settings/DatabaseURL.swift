/// `mariadb://user:password@host:port/name`, or with `?socket=/path` in place of host and port.
struct DatabaseURL {
    /// Paths of settings and what the address says about them.
    let settings: [(path: String, value: String)]

    /// Nil for anything that is not fully understood.
    init?(_ text: String) {
        guard let scheme = ["mariadb://", "mysql://"].first(where: text.hasPrefix) else { return nil }
        let parts = text.dropFirst(scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let location = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard location.count == 2, let name = Self.decoded(location[1]), !name.isEmpty, !name.contains("/") else {
            return nil
        }
        var found = [("database.name", name)]

        var server = location[0]
        if let at = server.lastIndex(of: "@") {
            let account = server[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = Self.decoded(account[0]), !user.isEmpty else { return nil }
            found.append(("database.user", user))
            if account.count == 2 {
                guard let password = Self.decoded(account[1]) else { return nil }
                found.append(("database.password", password))
            }
            server = server[server.index(after: at)...]
        }

        if parts.count == 2 {
            guard parts[1].hasPrefix("socket="), let socket = Self.decoded(parts[1].dropFirst(7)), socket.hasPrefix("/")
            else { return nil }
            found += [("database.socket", socket), ("database.host", "")]
        } else {
            if let colon = server.lastIndex(of: ":"), !server.hasSuffix("]") {
                found.append(("database.port", String(server[server.index(after: colon)...])))
                server = server[..<colon]
            }
            // A space or a control character is part of no name, and a NUL would end it where nobody sees.
            guard !server.isEmpty, server.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
            found += [("database.host", String(server)), ("database.socket", "")]
        }
        settings = found
    }

    /// Undoes percent encoding; nil when it is damaged, not UTF-8, or has a NUL.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard digits.count == 2, let decoded = UInt8(exactly: digits[0] << 4 | digits[1]) else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}
