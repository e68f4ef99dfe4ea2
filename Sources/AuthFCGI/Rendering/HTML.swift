/// A piece of a page that may stand there as it is: only a template makes one.
struct HTML: Sendable {
    let text: String

    fileprivate init(text: String) {
        self.text = text
    }

    static let empty = HTML(text: "")

    static func + (left: HTML, right: HTML) -> HTML { HTML(text: left.text + right.text) }
}

extension Template {
    /// - Parameters:
    ///   - texts: by name, for `{{name}}`: escaped where they stand.
    ///   - parts: by name, for `{{{html_name}}}`: as they are. No text can get there: such a name is a part's alone.
    /// - Returns: nothing when the template is not valid, which a test rules out for those of the house.
    func html(_ texts: [String: String], parts: [String: HTML] = [:]) -> HTML {
        let escaped = texts.filter { !$0.key.hasPrefix(Template.part) }.map { (name: $0.key, value: $0.value) }
        let raw = parts.map { (name: Template.part + $0.key, value: $0.value.text) }
        return render(escaped + raw).map { HTML(text: String(decoding: $0, as: UTF8.self)) } ?? .empty
    }

    private static let part = "html_"

    /// One of the program's own.
    init(_ resource: [UInt8]) {
        self.init(source: String(decoding: resource, as: UTF8.self))
    }
}
