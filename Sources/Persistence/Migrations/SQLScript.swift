/// A file of SQL statements, as the `mariadb` client reads it: `DELIMITER` lines, comments on lines of their own.
enum SQLScript {
    static func statements(of text: String) -> [String] {
        var statements: [String] = []
        var delimiter = ";"
        var current: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("--") { continue }
            if line.hasPrefix("DELIMITER ") {
                delimiter = String(line.dropFirst("DELIMITER ".count))
                continue
            }
            guard line.hasSuffix(delimiter) else {
                current.append(line)
                continue
            }
            current.append(line.dropLast(delimiter.count))
            statements.append(current.joined(separator: "\n"))
            current = []
        }
        return statements
    }

    /// The first line, shortened: what a statement is called in progress messages.
    static func title(of statement: String) -> String {
        let line = statement.prefix { $0 != "\n" }
        return line.count > 70 ? line.prefix(67) + "..." : String(line)
    }
}
