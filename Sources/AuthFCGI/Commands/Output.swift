internal import ArgumentParser

/// What a command prints: tables and sentences for people, JSON for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
}

/// A value of a command's answer.
indirect enum OutputValue: Equatable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case none
    case list([OutputValue])
    /// Members in the order in which they are shown.
    case record([(name: String, value: OutputValue)])

    static func == (left: OutputValue, right: OutputValue) -> Bool { left.json == right.json }

    /// One line of JSON.
    var json: String {
        switch self {
        case .text(let text): JSONText.quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .none: "null"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .record(let members):
            "{" + members.map { JSONText.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }

    /// One cell of a table.
    var cell: String {
        switch self {
        case .text(let text): Output.printable(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .none: "-"
        case .list(let values): values.map(\.cell).joined(separator: ", ")
        case .record(let members): members.map { "\($0.name)=\($0.value.cell)" }.joined(separator: " ")
        }
    }
}

enum Output {
    /// A list of records as a table with a head, or as one JSON array.
    static func table(_ records: [[(name: String, value: OutputValue)]], columns: [String], json: Bool) -> String {
        if json { return OutputValue.list(records.map(OutputValue.record)).json }
        let rows =
            [columns.map { $0.uppercased() }]
            + records.map { record in
                columns.map { column in record.first { $0.name == column }?.value.cell ?? "-" }
            }
        return aligned(rows)
    }

    /// One record, a member a line, or as one JSON object.
    static func record(_ members: [(name: String, value: OutputValue)], json: Bool) -> String {
        json ? OutputValue.record(members).json : aligned(members.map { [$0.name, $0.value.cell] })
    }

    /// Columns as wide as their widest cell, two spaces apart.
    static func aligned(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
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
