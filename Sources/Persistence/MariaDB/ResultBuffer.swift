internal import CMariaDB
internal import Domain

/// The memory into which the library writes one row.
final class ResultBuffer {
    /// Bytes for one column; a longer value is fetched again into memory of its size.
    private static let slot = 512

    private let count: Int
    private let binds: UnsafeMutablePointer<MYSQL_BIND>
    private let lengths: UnsafeMutablePointer<UInt>
    private let nulls: UnsafeMutablePointer<my_bool>
    private let memory: UnsafeMutableRawBufferPointer

    /// Binds it to the statement, once for all its runs.
    init(of statement: UnsafeMutablePointer<MYSQL_STMT>) throws(MariaDBError) {
        let metadata = mysql_stmt_result_metadata(statement)
        defer { if let metadata { mysql_free_result(metadata) } }
        count = metadata.map { Int(mysql_num_fields($0)) } ?? 0
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND(), count: count)
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0, count: count)
        nulls = .allocate(capacity: count)
        nulls.initialize(repeating: 0, count: count)
        memory = .allocate(byteCount: ResultBuffer.slot * max(count, 1), alignment: 16)
        for index in 0..<count {
            guard let field = metadata.flatMap({ mysql_fetch_field_direct($0, UInt32(index)) }) else { continue }
            binds[index].buffer_type = ResultBuffer.type(of: field.pointee.type)
            binds[index].buffer = memory.baseAddress.map { $0 + index * ResultBuffer.slot }
            binds[index].buffer_length = UInt(ResultBuffer.slot)
            binds[index].length = lengths + index
            binds[index].is_null = nulls + index
        }
        guard mysql_stmt_bind_result(statement, binds) == 0 else { throw Statement.error(of: statement) }
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        memory.deallocate()
    }

    /// The next row, nil after the last.
    func fetch(from statement: UnsafeMutablePointer<MYSQL_STMT>) throws(MariaDBError) -> [Value]? {
        let result = mysql_stmt_fetch(statement)
        if result == MYSQL_NO_DATA { return nil }
        guard result == 0 || result == MYSQL_DATA_TRUNCATED else { throw Statement.error(of: statement) }
        var row: [Value] = []
        row.reserveCapacity(count)
        for index in 0..<count { row.append(try value(index, of: statement)) }
        return row
    }

    private func value(_ index: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>) throws(MariaDBError) -> Value {
        guard nulls[index] == 0, let place = UnsafeRawPointer(binds[index].buffer) else { return .null }
        switch binds[index].buffer_type {
        case MYSQL_TYPE_LONGLONG: return .integer(place.load(as: Int64.self))
        case MYSQL_TYPE_DATETIME: return .instant(try Instant(place.load(as: MYSQL_TIME.self)))
        default: break
        }
        let length = Int(lengths[index])
        if length <= ResultBuffer.slot {
            return .bytes(Array(UnsafeRawBufferPointer(start: place, count: length)))
        }
        return .bytes(try longValue(index, length: length, of: statement))
    }

    private func longValue(
        _ index: Int, length: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>
    ) throws(MariaDBError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var actual: UInt = 0
        let failed = bytes.withUnsafeMutableBytes { bytes in
            withUnsafeMutablePointer(to: &actual) { actual in
                var bind = MYSQL_BIND()
                bind.buffer_type = MYSQL_TYPE_BLOB
                bind.buffer = bytes.baseAddress
                bind.buffer_length = UInt(length)
                bind.length = actual
                return mysql_stmt_fetch_column(statement, &bind, UInt32(index), 0) != 0
            }
        }
        if failed { throw Statement.error(of: statement) }
        return bytes
    }

    /// Whole numbers and times have a form of their own; everything else is bytes.
    private static func type(of field: enum_field_types) -> enum_field_types {
        switch field {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_YEAR:
            MYSQL_TYPE_LONGLONG
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATE: MYSQL_TYPE_DATETIME
        default: MYSQL_TYPE_BLOB
        }
    }
}
