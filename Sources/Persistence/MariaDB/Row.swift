internal import Domain

/// One row of a result, read column by column from the left.
struct Row {
    let values: [Value]
    private var position = 0

    init(_ values: [Value]) {
        self.values = values
    }

    /// Whether the next column is NULL: an outer join found nothing.
    var isNull: Bool { position >= values.count || values[position] == .null }

    mutating func skip(_ count: Int) {
        position += count
    }

    mutating func next<Result: ValueConvertible>(_ type: Result.Type = Result.self) throws(Failure) -> Result {
        guard let result = try optional(type) else { throw .defect("column \(position) is NULL, not \(type)") }
        return result
    }

    mutating func optional<Result: ValueConvertible>(_ type: Result.Type = Result.self) throws(Failure) -> Result? {
        guard position < values.count else { throw .defect("a row has only \(values.count) columns") }
        defer { position += 1 }
        if values[position] == .null { return nil }
        guard let result = Result(values[position]) else { throw .defect("column \(position) is no \(type)") }
        return result
    }
}

/// What can be read from a row; its columns are fixed in the source code.
protocol Record {
    /// The columns, separated by commas, in the order in which `init` reads them.
    static var columns: StaticString { get }
    init(_ row: inout Row) throws(Failure)
}
