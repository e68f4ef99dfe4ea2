/// A page for man(1), in the macros of man(7).
struct ManualPage {
    private(set) var text: String

    /// - Parameter section: 8 for commands of administrators, 5 for files.
    init(_ name: String, section: Int, of manual: String) {
        text = ".TH \(name.uppercased()) \(section) \"\" \"AuthFCGI \(Version.text)\" \"\(manual)\"\n"
    }

    mutating func chapter(_ title: String) { text += ".SH \(title)\n" }

    mutating func section(_ title: String) { text += ".SS \(Self.escaped(title))\n" }

    mutating func paragraph(_ words: String) { text += ".PP\n\(Self.line(words))\n" }

    /// One term and what it means.
    mutating func item(_ term: String, _ words: String) {
        text += ".TP\n.B \(Self.escaped(term))\n\(Self.line(words))\n"
    }

    /// Lines as they are, such as an example.
    mutating func literal(_ lines: String) {
        text += ".PP\n.nf\n"
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false) { text += Self.line(line) + "\n" }
        text += ".fi\n"
    }

    /// A point or an apostrophe at the start of a line would be a request.
    private static func line(_ words: some StringProtocol) -> String {
        let escaped = escaped(words)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func escaped(_ words: some StringProtocol) -> String {
        var escaped = ""
        for character in words {
            switch character {
            case "\\": escaped += "\\e"
            // What is copied from the page is to be a hyphen and a backtick of ASCII.
            case "-": escaped += "\\-"
            case "`": escaped += "\\(ga"
            case "…": escaped += "..."
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
