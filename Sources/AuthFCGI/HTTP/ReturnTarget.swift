/// Where a form leads the browser: `return_to`, `error_to` (decisions 12, security C7).
///
/// It is a path of our own origin, or an absolute URL of a listed origin. Only what every URL parser reads in the same
/// way is accepted; whatever one of them could repair into another host is not.
struct ReturnTarget: Sendable, Equatable {
    static let maximumLength = 2048

    /// Empty for our own origin.
    private let origin: String
    private let path: String
    private let query: String?
    private let fragment: String?

    /// `origin` is our own; `allowed` are the others, spelled as in the header `Origin`.
    init?(_ text: String, origin: String, allowed: [String] = []) {
        let bytes = text.utf8
        guard bytes.count <= ReturnTarget.maximumLength, bytes.allSatisfy(ReturnTarget.isPermitted) else { return nil }
        if bytes.first == UInt8(ascii: "/") {
            self.init(origin: "", rest: text[...])
            return
        }
        // The scheme and the slashes belong to the listed origin, so no other scheme or spelling can match.
        guard let listed = ([origin] + allowed).first(where: { ReturnTarget.begins(text, with: $0) }) else {
            return nil
        }
        let rest = text.dropFirst(listed.count)
        self.init(origin: listed == origin ? "" : listed, rest: rest.first == "/" ? rest : "/" + rest)
    }

    /// The page that the browser was on, from the header `Referer`: path and query, only of our own origin.
    init?(referer: String?, origin: String) {
        guard let referer, referer.utf8.first != UInt8(ascii: "/") else { return nil }
        self.init(referer, origin: origin)
    }

    private init?(origin: String, rest: Substring) {
        let (beforeFragment, fragment) = ReturnTarget.cut(rest, at: "#")
        let (path, query) = ReturnTarget.cut(beforeFragment, at: "?")
        guard ReturnTarget.isSafe(path: path.utf8) else { return nil }
        for part in [query, fragment].compactMap({ $0 }) {
            guard let escapes = ReturnTarget.escapes(in: part.utf8), !escapes.contains(where: isControl),
                !part.contains("#")
            else { return nil }
        }
        self.origin = origin
        self.path = String(path)
        self.query = query.map { String($0) }
        self.fragment = fragment.map { String($0) }
    }

    /// The value for the header `Location`.
    var location: String { assembled(query: query, fragment: fragment) }

    /// The page with a form, told what was wrong: a page without scripts shows the element whose id is the code.
    func refusing(code: String, field: String?) -> String {
        let items = [(name: "error", value: code)] + (field.map { [(name: "field", value: $0)] } ?? [])
        return assembled(items, replacing: ["error", "field"], fragment: URLEncoded.encode(code))
    }

    /// The same page without what it was told about a form.
    var settled: String { assembled([], replacing: ["error", "field"], fragment: nil) }

    /// The decoded value of an item of the query; nil when it is missing, stands twice or is malformed.
    func queryItem(_ name: String) -> String? {
        let found = items.filter { ReturnTarget.name(of: $0) == name }
        guard found.count == 1, let equals = found[0].firstIndex(of: "=") else { return nil }
        return URLEncoded.text(found[0][equals...].dropFirst().utf8, limit: ReturnTarget.maximumLength)
    }

    private var items: [Substring] { (query ?? "").split(separator: "&") }

    private static func name(of item: Substring) -> String? {
        URLEncoded.text(item.prefix { $0 != "=" }.utf8, limit: ReturnTarget.maximumLength)
    }

    private func assembled(
        _ added: [(name: String, value: String)], replacing names: Set<String>, fragment: String?
    ) -> String {
        let kept = items.filter { item in ReturnTarget.name(of: item).map { !names.contains($0) } ?? true }
        let new = added.map { "\(URLEncoded.encode($0.name))=\(URLEncoded.encode($0.value))" }
        let items = kept.map { String($0) } + new
        return assembled(query: items.isEmpty ? nil : items.joined(separator: "&"), fragment: fragment)
    }

    private func assembled(query: String?, fragment: String?) -> String {
        origin + path + (query.map { "?" + $0 } ?? "") + (fragment.map { "#" + $0 } ?? "")
    }
}
