/// What the library or the server said; the message without the values that were sent.
struct MariaDBError: Error, Sendable, Equatable {
    let code: UInt32
    let state: String
    let message: String
    /// The name of the unique key whose value exists already (1062).
    let duplicateKey: String?

    /// Some messages quote values (`Duplicate entry 'mike@…' for key …`): what stands in quotes is dropped unless the
    /// message is known to quote names only.
    init(code: UInt32, state: String, message: String) {
        self.code = code
        self.state = state
        // In every language of the server the key is what is quoted last.
        duplicateKey =
            code == 1062
            ? message.split(separator: "'", omittingEmptySubsequences: false).dropLast().last.map(String.init) : nil
        let quotesNamesOnly = MariaDBError.quotingNamesOnly.contains(code) || (2000..<3000).contains(code)
        self.message = quotesNamesOnly ? message : MariaDBError.withoutValues(message)
    }

    /// Access denied (to a schema, an account, a table, a column, a routine), unknown schema, column, table, routine;
    /// a column without a default; a value too long for a column.
    private static let quotingNamesOnly: Set<UInt32> = [
        1044, 1045, 1049, 1054, 1142, 1143, 1146, 1305, 1364, 1370, 1406,
    ]

    /// For the log.
    var summary: String { "MariaDB \(code) (\(state)): \(message)" }

    /// The server gave way to another: 1213 deadlock, 1205 lock wait time-out; 1412 and 1615, a table was changed.
    var isConflict: Bool { [1205, 1213, 1412, 1615].contains(code) }

    /// The connection is of no use any more: gone, lost, killed, shut down, out of step; or it spent its time
    /// (1969 and 3024 statement time-outs, 1317 interrupted).
    var endsConnection: Bool {
        [1053, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 1969, 3024, 4031].contains(code)
            || (2000..<3000).contains(code)
    }

    /// The statement spent the time that it has at the server.
    var isTimeOut: Bool { code == 1969 || code == 3024 }

    /// The connection went away, by whosever doing: what it had not committed is undone.
    var isLoss: Bool { endsConnection && !isTimeOut && code != 1317 }

    /// Nothing reached the server, so that nothing can have happened.
    var wasNotSent: Bool { code == 2006 }

    /// The server cannot work just now: too many connections, out of memory or disk, read only, no quorum.
    var isOverload: Bool {
        [3, 1021, 1026, 1028, 1030, 1037, 1038, 1040, 1041, 1047, 1114, 1203, 1205, 1213, 1226, 1290, 1412, 1615, 1836]
            .contains(
                code)
    }

    private static func withoutValues(_ message: String) -> String {
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        return parts.indices.map { $0.isMultiple(of: 2) ? String(parts[$0]) : "…" }.joined(separator: "'")
    }
}
