/// FastCGI records as a web server writes them (FastCGI 1.0, section 3), put together byte by byte.
package enum FastCGIRecords {
    package static let beginType: UInt8 = 1
    package static let abortType: UInt8 = 2
    package static let parametersType: UInt8 = 4
    package static let inputType: UInt8 = 5

    package static func record(
        _ type: UInt8, _ content: [UInt8] = [], id: Int = 1, padding: Int = 0, version: UInt8 = 1
    ) -> [UInt8] {
        let sizes = [id, content.count].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return [version, type] + sizes + [UInt8(padding), 0] + content + [UInt8](repeating: 0xAA, count: padding)
    }

    package static func begin(role: UInt8 = 1, flags: UInt8 = 0, id: Int = 1) -> [UInt8] {
        record(beginType, [0, role, flags, 0, 0, 0, 0, 0], id: id)
    }

    package static func length(_ count: Int) -> [UInt8] {
        count < 128 ? [UInt8(count)] : longLength(count)
    }

    package static func longLength(_ count: Int) -> [UInt8] {
        [UInt8(count >> 24 & 0x7F) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }

    package static func pair(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        length(name.count) + length(value.count) + name + value
    }

    package static func pairs(_ parameters: [FastCGIParameter]) -> [UInt8] {
        parameters.flatMap { pair(Array($0.name.utf8), $0.value) }
    }

    /// A stream in records of at most `size` bytes, with the empty one at its end.
    package static func stream(
        _ type: UInt8, _ bytes: [UInt8], size: Int = 32768, padding: Int = 0, id: Int = 1
    ) -> [UInt8] {
        var records: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let content = Array(bytes[start..<min(start + size, bytes.count)])
            records += record(type, content, id: id, padding: padding)
        }
        return records + record(type, id: id)
    }
}

/// A name and a value, which may be any bytes.
package struct FastCGIParameter: Sendable {
    package let name: String
    package let value: [UInt8]

    package init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }
}
