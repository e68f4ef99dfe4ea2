import Domain
import JSON

extension Exchange {
    /// The answer to a question: JSON for a program, the route's page for a browser, with the value's members as its texts.
    func told(_ value: JSONValue) -> Response {
        style == .page ? show(PageTexts.of(value)) : .json(value)
    }

    /// The route's page, whatever the client would like to have.
    func show(_ texts: [String: String] = [:], parts: [String: HTML] = [:]) -> Response {
        guard let page else { preconditionFailure("a route without a page shows one") }
        var sheet = PageSheet(page, for: request, caller: caller, in: app)
        sheet.texts.merge(texts) { frame, _ in frame }
        sheet.parts = parts
        return sheet.response
    }
}

/// A JSON object as the template of a page reads it.
enum PageTexts {
    /// Texts and numbers stand under their names, times as people write them. True is `1`; what is false or null is not there.
    /// A word of a few that are possible also stands, as `1`, under `name_word`, alone and in a list: templates cannot compare.
    static func of(_ value: JSONValue) -> [String: String] {
        guard case .object(let object) = value else { return [:] }
        var texts: [String: String] = [:]
        for member in object.members {
            switch member.value {
            case .string(let text):
                texts[member.name] = readable(text)
                note(text, of: member.name, in: &texts)
            case .integer(let number): texts[member.name] = String(number)
            case .bool(true): texts[member.name] = "1"
            case .array(let items):
                for case .string(let text) in items { note(text, of: member.name, in: &texts) }
            default: break
            }
        }
        return texts
    }

    private static func note(_ word: String, of name: String, in texts: inout [String: String]) {
        let isWord = word.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || "._".utf8.contains(byte)
        }
        if isWord { texts["\(name)_\(word.replacing(".", with: "_"))"] = "1" }
    }

    /// `2026-01-31T08:05:09.000250Z` as `2026-01-31 08:05 UTC`.
    private static func readable(_ text: String) -> String {
        let pattern = "0000-00-00T00:00:00.000000Z".utf8
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.utf8.count == pattern.count,
            zip(text.utf8, pattern).allSatisfy({ $0 == $1 || $1 == UInt8(ascii: "0") && digits ~= $0 })
        else { return text }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
