// What may stand in the text of a return target: less than RFC 3986 allows.

extension ReturnTarget {
    /// The characters of RFC 3986: no white space, no control character, no backslash, nothing beyond ASCII.
    static func isPermitted(_ byte: UInt8) -> Bool {
        if URLEncoded.isUnreserved(byte) { return true }
        return switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    /// Whether the text is of this origin: after it comes the path, the query, the fragment or nothing.
    static func begins(_ text: String, with origin: String) -> Bool {
        guard !origin.isEmpty, text.utf8.starts(with: origin.utf8) else { return false }
        switch text.utf8.dropFirst(origin.utf8.count).first {
        case nil, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return true
        default: return false
        }
    }

    /// No empty segment, hence no `//host`; no dot segment; no escape that means something when it is decoded.
    static func isSafe(path: Substring.UTF8View) -> Bool {
        guard let escapes = escapes(in: path), !escapes.contains(where: isStructural) else { return false }
        var segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        guard segments.popFirst()?.isEmpty == true, let last = segments.last else { return false }
        return segments.dropLast().allSatisfy { !$0.isEmpty && !isDots($0) } && !isDots(last)
    }

    /// The octets that percent escapes stand for; nil when one is incomplete.
    static func escapes(in text: Substring.UTF8View) -> [UInt8]? {
        var found: [UInt8] = []
        var rest = text
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = Substring(rest[rest.index(after: percent)...].prefix(2))
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let octet = UInt8(digits, radix: 16) else {
                return nil
            }
            found.append(octet)
            rest = rest[digits.endIndex...]
        }
        return found
    }

    /// The part before the first delimiter, and the part after it, if it is there.
    static func cut(_ text: Substring, at delimiter: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: delimiter) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func isDots(_ segment: Substring.UTF8View) -> Bool {
        segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8)
    }

    /// Escaped dots, slashes, backslashes and percent signs have no place in a path that we did not make.
    private static func isStructural(_ octet: UInt8) -> Bool {
        isControl(octet) || ".%/\\".utf8.contains(octet)
    }
}

/// C0 controls and DEL.
func isControl(_ octet: UInt8) -> Bool { octet < 0x20 || octet == 0x7F }
