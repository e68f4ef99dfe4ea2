internal import CMariaDB

/// What a statement came to.
struct Outcome {
    var rows: [Row] = []
    /// Rows that an UPDATE matched, a DELETE removed, an INSERT made.
    var affected = 0
    /// The unique key that an INSERT found taken, whereupon it did nothing; only where the caller expects that.
    var duplicateKey: String?
}

/// A prepared statement with its buffers, which are reused from one run to the next.
final class Statement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    private let parameters: ParameterBuffer
    /// Made after the first run: the columns of an INSERT with RETURNING are not known before.
    private var results: ResultBuffer?

    init(_ text: String, on connection: UnsafeMutablePointer<MYSQL>) throws(MariaDBError) {
        guard let handle = mysql_stmt_init(connection) else {
            throw MariaDBError(code: 2008, state: "HY000", message: "out of memory")
        }
        guard mysql_stmt_prepare(handle, text, UInt(text.utf8.count)) == 0 else {
            let error = Statement.error(of: handle)
            mysql_stmt_close(handle)
            throw error
        }
        self.handle = handle
        parameters = ParameterBuffer(count: Int(mysql_stmt_param_count(handle)))
    }

    deinit {
        mysql_stmt_close(handle)
    }

    /// Sends the values, runs, and takes the whole result, so that the connection is free again.
    func run(_ values: [Value]) throws(MariaDBError) -> Outcome {
        precondition(values.count == parameters.count, "one value for each question mark")
        parameters.fill(values)
        guard parameters.bind(to: handle), mysql_stmt_execute(handle) == 0 else { throw Statement.error(of: handle) }
        var outcome = Outcome()
        if mysql_stmt_field_count(handle) > 0 {
            defer { mysql_stmt_free_result(handle) }
            let results = try buffer()
            guard mysql_stmt_store_result(handle) == 0 else { throw Statement.error(of: handle) }
            while let row = try results.fetch(from: handle) { outcome.rows.append(Row(row)) }
        }
        outcome.affected = Int(exactly: mysql_stmt_affected_rows(handle)) ?? 0
        return outcome
    }

    private func buffer() throws(MariaDBError) -> ResultBuffer {
        if let results { return results }
        let fresh = try ResultBuffer(of: handle)
        results = fresh
        return fresh
    }

    static func error(of handle: UnsafeMutablePointer<MYSQL_STMT>) -> MariaDBError {
        MariaDBError(
            code: mysql_stmt_errno(handle), state: String(cString: mysql_stmt_sqlstate(handle)),
            message: String(cString: mysql_stmt_error(handle)))
    }
}
