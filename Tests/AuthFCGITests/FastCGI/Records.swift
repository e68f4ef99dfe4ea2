/// FastCGI records as a web server writes them, put together byte by byte (FastCGI 1.0, section 3).
enum Records {
    static func record(
        _ type: UInt8, _ content: [UInt8] = [], id: Int = 1, padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        [
            version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(content.count >> 8), UInt8(content.count & 0xFF),
            UInt8(padding), 0,
        ] + content + [UInt8](repeating: 0xAA, count: padding)
    }

    static func begin(role: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] {
        record(1, [0, role, flags, 0, 0, 0, 0, 0])
    }

    static func pair(_ name: String, _ value: String) -> [UInt8] {
        length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
    }

    static func longLength(_ length: Int) -> [UInt8] {
        [
            UInt8(length >> 24 & 0xFF) | 0x80, UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF),
            UInt8(length & 0xFF),
        ]
    }

    static func length(_ length: Int) -> [UInt8] {
        length < 128 ? [UInt8(length)] : longLength(length)
    }

    /// A stream in records of at most `size` bytes, with the empty one at its end.
    static func stream(_ type: UInt8, _ bytes: [UInt8], size: Int = 32768, padding: Int = 0) -> [UInt8] {
        var records: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            records += record(type, Array(bytes[start..<min(start + size, bytes.count)]), padding: padding)
        }
        return records + record(type)
    }

    /// A whole request with the secret that the tests agree on.
    static func request(
        _ parameters: [(String, String)] = [], secret: String? = "s3cret", body: [UInt8] = [], declared: String? = nil
    ) -> [UInt8] {
        var pairs = [pair("REQUEST_METHOD", "POST")]
        pairs += parameters.map { pair($0.0, $0.1) }
        pairs.append(pair("CONTENT_LENGTH", declared ?? "\(body.count)"))
        if let secret { pairs.append(pair("AUTHFCGI_POOL_SECRET", secret)) }
        return begin() + stream(4, pairs.flatMap { $0 }) + stream(5, body)
    }
}
