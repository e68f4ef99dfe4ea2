/// The address of a person's picture: an absolute `http` or `https` URL (RFC 3986), kept as it was written.
///
/// It is put into pages and fetched by browsers, never by us.
package struct PictureURL: Sendable, Hashable {
    package static let maximumBytes = 2048

    package let text: String

    /// Nil for other schemes, without a host, with a user name in it, or with a character that a URL cannot have:
    /// whatever is not ASCII must be percent-encoded.
    package init?(_ input: String) {
        guard input.utf8.count <= PictureURL.maximumBytes, input.utf8.allSatisfy(PictureURL.mayStand) else {
            return nil
        }
        guard let scheme = ["https://", "http://"].first(where: { input.lowercased().hasPrefix($0) }) else {
            return nil
        }
        let authority = input.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard PictureURL.isAuthority(authority), PictureURL.isEncoded(input) else { return nil }
        text = input
    }

    /// What was stored; it was accepted when it was written.
    package init(stored text: String) {
        self.text = text
    }

    /// The unreserved and reserved characters and the percent sign; the square brackets only matter in the authority.
    private static func mayStand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    /// A host with or without a port.
    private static func isAuthority(_ text: Substring) -> Bool {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return false }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
            guard let first = host.first, first.isLetter || first.isNumber,
                host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }), !host.contains("..")
            else { return false }
        }
        guard !rest.isEmpty else { return true }
        return rest.first == ":" && (UInt16(rest.dropFirst()).map { $0 > 0 } ?? false) && !rest.contains("+")
    }

    /// Two hexadecimal digits follow every percent sign.
    private static func isEncoded(_ text: String) -> Bool {
        text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            part.utf8.count >= 2 && part.prefix(2).allSatisfy(\.isHexDigit)
        }
    }
}
