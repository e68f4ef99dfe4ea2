import Foundation

/// Where a careless reader of URLs would go: it repairs what browsers repair (WHATWG URL, "basic URL parser"), and more.
enum LenientBrowser {
    /// Throws unless every reading of the reference, on a page of `origin`, stays at one of the origins.
    static func stays(_ reference: String, at origin: String, orAt others: [String] = []) throws(Violation) {
        let allowed = [origin] + others
        let read = destination(of: reference, at: origin)
        try hold(allowed.contains(read), "\(reference.debugDescription) leads to \(read)")
        // Foundation's parser keeps to RFC 3986 and knows nothing of browsers.
        guard let base = URL(string: origin + "/page"), let url = URL(string: reference, relativeTo: base)?.absoluteURL,
            let scheme = url.scheme, let host = url.host
        else { throw Violation(description: "\(reference.debugDescription) is no URL for Foundation") }
        let port = url.port.map { ":\($0)" } ?? ""
        try hold(allowed.contains("\(scheme)://\(host)\(port)"), "Foundation reads \(url)")
        try hold(url.user == nil && url.password == nil, "Foundation reads a user in \(url)")
    }

    /// The origin that a reference leads to: white space and controls go, backslashes are slashes, any number of
    /// slashes begins a host, what stands before an `@` goes.
    static func destination(of reference: String, at origin: String) -> String {
        var text = reference.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }.map { String($0) }.joined()
        text = text.replacingOccurrences(of: "\\", with: "/")
        var scheme = String(origin.prefix { $0 != ":" })
        if let colon = text.firstIndex(of: ":"), isScheme(text[..<colon]) {
            scheme = text[..<colon].lowercased()
            text = String(text[text.index(after: colon)...])
            if scheme != "http" && scheme != "https" { return "\(scheme):" }
            // `https:host` is a host too, where the scheme is not that of the page.
            text = "//" + text.drop { $0 == "/" }
        }
        guard text.hasPrefix("//") else { return origin }
        let authority = text.drop { $0 == "/" }.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return "\(scheme)://\((host.removingPercentEncoding ?? String(host)).lowercased())"
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20 else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }
}
