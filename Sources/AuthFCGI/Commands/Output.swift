internal import ArgumentParser
internal import JSON

/// What a command prints: tables and sentences for people, JSON for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}

extension JSONValue {
    /// One line of JSON in ASCII: whoever wrote the values, a terminal finds no command in it.
    var line: String { String(decoding: encoded(asASCII: true), as: UTF8.self) }

    /// One cell of a table.
    var cell: String {
        switch self {
        case .string(let text): Output.printable(text)
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .bool(let flag): flag ? "yes" : "no"
        case .null: "-"
        case .array(let values): values.map(\.cell).joined(separator: ", ")
        case .object(let object): object.members.map { "\($0.name)=\($0.value.cell)" }.joined(separator: " ")
        }
    }
}

enum Output {
    /// A list of records as a table with a head, or as one JSON array.
    static func table(_ records: [[(name: String, value: JSONValue)]], columns: [String], json: Bool) -> String {
        if json { return JSONValue.array(records.map(object)).line }
        let rows =
            [columns.map { $0.uppercased() }]
            + records.map { record in
                columns.map { column in record.first { $0.name == column }?.value.cell ?? "-" }
            }
        return aligned(rows)
    }

    /// One record, a member a line, or as one JSON object.
    static func record(_ members: [(name: String, value: JSONValue)], json: Bool) -> String {
        json ? object(members).line : aligned(members.map { [$0.name, $0.value.cell] })
    }

    private static func object(_ members: [(name: String, value: JSONValue)]) -> JSONValue {
        .object(JSONObject(members.map { ($0.name, $0.value) }))
    }

    /// Columns as wide as their widest cell, two spaces apart.
    static func aligned(_ rows: [[String]]) -> String {
        let widths = widths(of: rows)
        let lines = rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
    }

    /// How wide the widest cell of each column is.
    static func widths(of rows: [[String]]) -> [Int] {
        let count = rows.map(\.count).max() ?? 0
        return (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    }

    /// Text that a person wrote, without what a terminal could take for a command.
    static func printable(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.unicodeScalars.append("\u{FFFD}")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
