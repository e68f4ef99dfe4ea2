internal import CUTF8Proc

/// Unicode normalisation (UAX 15) by utf8proc. Every function refuses text with NUL or unassigned code points.
package enum Normalization {
    /// Canonical composition: what a mail address and a display name are stored in.
    package static func nfc(_ text: String) -> String? {
        map(Array(text.utf8), UTF8PROC_COMPOSE)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Canonical composition of raw bytes, for secrets: the caller wipes both. Nil when they are not UTF-8.
    package static func nfc(bytes: [UInt8]) -> [UInt8]? {
        map(bytes, UTF8PROC_COMPOSE)
    }

    /// Compatibility composition with case folding, default ignorable code points removed: the form in which two
    /// spellings of a username are one.
    package static func nfkcCaseFolded(_ text: String) -> String? {
        let options: [utf8proc_option_t] = [UTF8PROC_COMPOSE, UTF8PROC_COMPAT, UTF8PROC_CASEFOLD, UTF8PROC_IGNORE]
        let bits = options.reduce(0) { $0 | $1.rawValue }
        return map(Array(text.utf8), utf8proc_option_t(bits))
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Case folding with canonical composition: the key by which local parts of mail addresses are compared.
    package static func caseFolded(_ text: String) -> String? {
        let bits = UTF8PROC_COMPOSE.rawValue | UTF8PROC_CASEFOLD.rawValue
        return map(Array(text.utf8), utf8proc_option_t(bits))
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func map(_ bytes: [UInt8], _ options: utf8proc_option_t) -> [UInt8]? {
        guard !bytes.contains(0) else { return nil }
        if bytes.isEmpty { return [] }
        var mapped: UnsafeMutablePointer<utf8proc_uint8_t>?
        let strict = utf8proc_option_t(options.rawValue | UTF8PROC_STABLE.rawValue | UTF8PROC_REJECTNA.rawValue)
        let count = utf8proc_map(bytes, bytes.count, &mapped, strict)
        guard count >= 0, let mapped else { return nil }
        defer {
            mapped.update(repeating: 0, count: count)
            free(mapped)
        }
        return Array(UnsafeBufferPointer(start: mapped, count: count))
    }
}
