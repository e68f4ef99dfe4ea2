internal import CSodium

/// Base 64 with the alphabet for URLs and without padding (RFC 4648, section 5); reading is strict.
package enum Base64URL {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        Sodium.ready
        let bytes = Array(bytes)
        let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
        let capacity = sodium_base64_encoded_len(bytes.count, variant)
        var text = [CChar](repeating: 0, count: capacity)
        _ = sodium_bin2base64(&text, capacity, bytes, bytes.count, variant)
        return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        Sodium.ready
        let capacity = text.utf8.count
        var bytes = [UInt8](repeating: 0, count: capacity)
        var count = 0
        let result = sodium_base642bin(
            &bytes, capacity, text, capacity, nil, &count, nil, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        guard result == 0, count <= capacity else { return nil }
        let decoded = Array(bytes.prefix(count))
        return encode(decoded) == text ? decoded : nil
    }
}

/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digits[Int(byte >> 4)]
                buffer[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// Nil unless every character is a hexadecimal digit and their number is even.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
