internal import CMariaDB
internal import Crypto

/// The memory from which the library reads the values of a statement.
final class ParameterBuffer {
    let count: Int
    private let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let lengths: UnsafeMutablePointer<UInt>
    private var memory: UnsafeMutableRawBufferPointer
    /// Whether the library knows the present types and places: it asks for them again with each binding and sends the
    /// types along.
    private var isBound = false

    init(count: Int) {
        self.count = count
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND(), count: count)
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0, count: count)
        memory = .allocate(byteCount: 64 * (count + 1), alignment: 16)
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        memory.deallocate()
    }

    /// Copies the values; each starts at a multiple of 16.
    func fill(_ values: [Value]) {
        reserve(values.reduce(0) { $0 + ParameterBuffer.slot($1) })
        var offset = 0
        for (index, value) in values.enumerated() {
            let size = ParameterBuffer.slot(value)
            let place = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + size])
            // The library reads the length anew each time.
            lengths[index] = UInt(ParameterBuffer.write(value, to: place))
            offset += size
            let type = ParameterBuffer.type(value)
            guard binds[index].buffer_type != type || binds[index].buffer != place.baseAddress else { continue }
            binds[index] = MYSQL_BIND()
            binds[index].buffer_type = type
            binds[index].buffer = place.baseAddress
            binds[index].length = lengths + index
            isBound = false
        }
    }

    func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
        if !isBound { isBound = count == 0 || mysql_stmt_bind_param(statement, binds) == 0 }
        return isBound
    }

    private func reserve(_ size: Int) {
        guard size > memory.count else { return }
        memory.deallocate()
        memory = .allocate(byteCount: size, alignment: 16)
    }

    /// Strings are text in the character set of the connection, bytes are bytes: neither is ever taken for a number.
    private static func type(_ value: Value) -> enum_field_types {
        switch value {
        case .null: MYSQL_TYPE_NULL
        case .integer: MYSQL_TYPE_LONGLONG
        case .text: MYSQL_TYPE_STRING
        case .bytes: MYSQL_TYPE_BLOB
        case .instant: MYSQL_TYPE_DATETIME
        }
    }

    private static func slot(_ value: Value) -> Int {
        let size =
            switch value {
            case .null: 0
            case .integer: 8
            case .text(let text): text.utf8.count
            case .bytes(let bytes): bytes.count
            case .instant: MemoryLayout<MYSQL_TIME>.size
            }
        return (size + 15) / 16 * 16
    }

    private static func write(_ value: Value, to place: UnsafeMutableRawBufferPointer) -> Int {
        switch value {
        case .null:
            return 0
        case .integer(let integer):
            place.storeBytes(of: integer, as: Int64.self)
            return 8
        case .text(let text):
            place.copyBytes(from: text.utf8)
            return text.utf8.count
        case .bytes(let bytes):
            place.copyBytes(from: bytes)
            return bytes.count
        case .instant(let instant):
            place.storeBytes(of: MYSQL_TIME(instant), as: MYSQL_TIME.self)
            return MemoryLayout<MYSQL_TIME>.size
        }
    }
}
