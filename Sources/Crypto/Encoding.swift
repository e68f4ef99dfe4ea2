internal import CSodium
internal import Glibc

extension FixedWidthInteger {
    /// All of its bytes, the highest first.
    package var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

/// Base 64 as mail has it, with padding (RFC 4648, section 4); writing only.
package enum Base64 {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        base64(bytes, sodium_base64_VARIANT_ORIGINAL)
    }
}

/// Base 64 with the alphabet for URLs and without padding (RFC 4648, section 5); reading is strict.
package enum Base64URL {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        Sodium.ready
        // libsodium 1.0.18 takes every byte beyond ASCII for the last letter of the alphabet.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let capacity = text.utf8.count
        var bytes = [UInt8](repeating: 0, count: capacity)
        var count = 0
        // It refuses padding, spare bits and whatever is left over: one text for one value.
        let result = sodium_base642bin(
            &bytes, capacity, text, capacity, nil, &count, nil, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        guard result == 0, count <= capacity else { return nil }
        bytes.removeLast(capacity - count)
        return bytes
    }
}

extension Base64URL {
    /// Whether a text is a prefix, and behind it how this number of bytes is written.
    package static func isWritten(_ text: String, behind prefix: StaticString, bytes count: Int) -> Bool {
        Sodium.ready
        var text = text
        return text.withUTF8 { characters in
            guard characters.allSatisfy({ $0 < 0x80 }) else { return false }
            let (start, rest) = (prefix.utf8CodeUnitCount, characters.count - prefix.utf8CodeUnitCount)
            guard let first = characters.baseAddress, rest >= 0, memcmp(first, prefix.utf8Start, start) == 0 else {
                return false
            }
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(count, 1)) { bytes in
                guard let place = bytes.baseAddress else { return false }
                defer { sodium_memzero(place, bytes.count) }
                var written = 0
                let result = (first + start).withMemoryRebound(to: CChar.self, capacity: rest) { text in
                    sodium_base642bin(
                        place, count, text, rest, nil, &written, nil, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
                }
                return result == 0 && written == count
            }
        }
    }
}

/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() { write(byte, to: text, at: index * 2) }
            return bytes.count * 2
        }
    }

    /// Groups of 8, 4, 4, 4 and 12 digits, as identifiers are written (RFC 9562, section 4).
    package static func encode(identifier bytes: [UInt8]) -> String {
        precondition(bytes.count == 16, "an identifier has sixteen bytes")
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                write(byte, to: text, at: place)
                place += 2
            }
            return place
        }
    }

    private static func write(_ byte: UInt8, to text: UnsafeMutableBufferPointer<UInt8>, at place: Int) {
        text[place] = digit(byte >> 4)
        text[place + 1] = digit(byte & 15)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Nil unless every character is a hexadecimal digit and their number is even.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

private func base64(_ bytes: some Collection<UInt8>, _ variant: Int32) -> String {
    Sodium.ready
    let bytes = Array(bytes)
    let capacity = sodium_base64_encoded_len(bytes.count, variant)
    var text = [CChar](repeating: 0, count: capacity)
    _ = sodium_bin2base64(&text, capacity, bytes, bytes.count, variant)
    return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
