/// The header `Accept` (RFC 9110, section 12.5.1), as far as two questions go.
enum AcceptHeader {
    /// Whether the client names a kind of JSON, and does not name HTML at least as high.
    ///
    /// `*/*` names neither: what a browser's form and a bare curl send is answered as the endpoint's surface says.
    static func prefersJSON(_ header: String?) -> Bool {
        let (json, html) = weights(header)
        return json > html
    }

    /// Whether the client names HTML, and no kind of JSON above it: somebody looks at the answer.
    static func prefersHTML(_ header: String?) -> Bool {
        let (json, html) = weights(header)
        return html > 0 && html >= json
    }

    private static func weights(_ header: String?) -> (json: Int, html: Int) {
        var json = 0
        var html = 0
        for range in (header ?? "").lowercased().split(separator: ",").prefix(64) {
            let parts = range.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
            guard let type = parts.first else { continue }
            let weight = quality(parts.dropFirst())
            if type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json") {
                json = max(json, weight)
            } else if type == "text/html" {
                html = max(html, weight)
            }
        }
        return (json, html)
    }

    /// In thousandths; 1000 when there is no weight, 0 when it is not readable.
    private static func quality(_ parameters: ArraySlice<Substring>) -> Int {
        guard let weight = parameters.first(where: { $0.hasPrefix("q=") })?.dropFirst(2) else { return 1000 }
        let digits = weight.split(separator: ".", omittingEmptySubsequences: false)
        guard digits.count <= 2, let whole = digits.first.flatMap({ Int($0) }), (0...1).contains(whole) else {
            return 0
        }
        let fraction = digits.count == 2 ? digits[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (48...57).contains($0) }) else { return 0 }
        let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.utf8.count)) ?? 0
        return min(whole * 1000 + thousandths, 1000)
    }
}
