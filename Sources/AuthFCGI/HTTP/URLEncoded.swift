import Crypto
import Domain

/// Reading `application/x-www-form-urlencoded`: a body or a query, strictly (security I2, I3).
enum URLEncoded {
    static let maximumFields = 100
    static let maximumName = 64
    static let maximumValue = 4096

    struct Field: Sendable {
        let name: String
        let value: Value
    }

    enum Value: Sendable {
        case text(String)
        case secret(Secret)
    }

    /// The fields in order; the values of `secrets` never become text.
    static func decode(_ bytes: [UInt8], secrets: Set<String> = []) throws(Failure) -> [Field] {
        if bytes.isEmpty { return [] }
        let pairs = bytes.split(
            separator: UInt8(ascii: "&"), maxSplits: maximumFields, omittingEmptySubsequences: false)
        guard pairs.count <= maximumFields else { throw .refused(MalformedInput.unreadable) }
        var fields: [Field] = []
        var names: Set<String> = []
        for pair in pairs {
            let field = try field(pair, secrets: secrets)
            guard names.insert(field.name).inserted else { throw .refused(MalformedInput.duplicate(field.name)) }
            fields.append(field)
        }
        return fields
    }

    private static func field(_ pair: ArraySlice<UInt8>, secrets: Set<String>) throws(Failure) -> Field {
        let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
        guard let name = text(pair[..<equals], limit: maximumName), !name.isEmpty else {
            throw .refused(MalformedInput.unreadable)
        }
        guard var value = octets(pair[equals...].dropFirst(), limit: maximumValue) else {
            throw .refused(MalformedInput.unreadable)
        }
        guard secrets.contains(name) else {
            return Field(name: name, value: .text(String(decoding: value, as: UTF8.self)))
        }
        defer { wipe(&value) }
        return Field(name: name, value: .secret(Secret(value)))
    }

    /// The text of one name or value; nil when it is malformed or longer than the limit in bytes.
    static func text(_ encoded: some Collection<UInt8>, limit: Int) -> String? {
        octets(encoded, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Valid UTF-8 without NUL, or nil. What is given up is wiped: it may have been a secret.
    private static func octets(_ encoded: some Collection<UInt8>, limit: Int) -> [UInt8]? {
        // Room from the start: a growing array would leave copies behind.
        var decoded: [UInt8] = []
        decoded.reserveCapacity(min(encoded.count, limit))
        guard decode(encoded, into: &decoded, limit: limit), isUTF8(decoded) else {
            wipe(&decoded)
            return nil
        }
        return decoded
    }

    private static func decode(_ encoded: some Collection<UInt8>, into decoded: inout [UInt8], limit: Int) -> Bool {
        var bytes = encoded.makeIterator()
        while let byte = bytes.next() {
            var octet = byte
            switch byte {
            case UInt8(ascii: "+"): octet = UInt8(ascii: " ")
            case UInt8(ascii: "%"):
                guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else {
                    return false
                }
                octet = high << 4 | low
            case 0..<0x20, 0x7F: return false
            default: break
            }
            guard octet != 0, decoded.count < limit else { return false }
            decoded.append(octet)
        }
        return true
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        (try? UTF8Span(validating: bytes.span)) != nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                encoded += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return encoded
    }

    /// A letter, a digit or one of `-._~` (RFC 3986, section 2.3).
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
