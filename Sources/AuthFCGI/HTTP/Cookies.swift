/// Reading the header `Cookie` (RFC 6265, section 5.4). What is odd is never a credential (security S10).
enum Cookies {
    enum Lookup: Sendable, Equatable {
        case absent
        case value(String)
        /// The name stands twice, its value is malformed, or the header is too long or has control characters.
        case ambiguous
    }

    static let maximumHeader = 8 * 1024

    /// Looks for one name, exactly as written; what other cookies hold is their business.
    static func value(of name: String, in header: String) -> Lookup {
        let bytes = Array(header.utf8)
        guard bytes.count <= maximumHeader, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return .ambiguous }
        var found: ArraySlice<UInt8>?
        var rest = bytes[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: ";") }
            rest = rest[pair.endIndex...].dropFirst()
            let named = pair.drop { $0 == UInt8(ascii: " ") }
            guard let equals = named.firstIndex(of: UInt8(ascii: "=")), named[..<equals].elementsEqual(name.utf8) else {
                continue
            }
            let value = named[(equals + 1)...]
            guard found == nil, value.allSatisfy(isOctet) else { return .ambiguous }
            found = value
        }
        return found.map { .value(String(decoding: $0, as: UTF8.self)) } ?? .absent
    }

    /// A cookie-octet (RFC 6265, section 4.1.1): no space, quote, comma, semicolon or backslash, nothing beyond ASCII.
    static func isOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }
}
