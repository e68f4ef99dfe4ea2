/// Text as a JSON string (RFC 8259, section 7), safe in a log whatever it holds.
enum JSONText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends the text in quotes, cut behind the last character that ends within `limit` bytes of UTF-8.
    ///
    /// Control characters are escaped, those of C1 and the separators U+2028 and U+2029 too: a terminal or a line
    /// reader could take them for something. What was not UTF-8 has become U+FFFD when it became a `String`.
    static func append(_ text: String, to line: inout [UInt8], limit: Int = .max) {
        line.append(UInt8(ascii: "\""))
        var taken = 0
        for scalar in text.unicodeScalars {
            taken += UTF8.width(scalar)
            if taken > limit {
                line += "…".utf8
                break
            }
            append(scalar, to: &line)
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func append(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        switch scalar.value {
        case 0x22, 0x5C: line += [UInt8(ascii: "\\"), UInt8(scalar.value)]
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
            line += "\\u".utf8
            for shift: UInt32 in [12, 8, 4, 0] { line.append(digits[Int(scalar.value >> shift & 15)]) }
        default: if let encoded = UTF8.encode(scalar) { line.append(contentsOf: encoded) }
        }
    }
}
