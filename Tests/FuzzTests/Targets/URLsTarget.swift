import Foundation

@testable import AuthFCGI
@testable import Domain

/// Addresses: of pages to go to, of requests, of pictures, of origins, of the database.
enum URLsTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        case UInt8(ascii: "t"): try judgeTarget(rest.text)
        case UInt8(ascii: "r"): try judgeReferer(rest.text)
        case UInt8(ascii: "p"): try judgePath(rest.lines(2))
        case UInt8(ascii: "i"): try judgePicture(rest.text)
        case UInt8(ascii: "o"): try judgeOrigin(rest.text)
        case UInt8(ascii: "d"): try judgeDatabase(rest.text)
        default: break
        }
    }

    private static let own = "https://example.org"
    private static let others = ["https://app.example:8443", "http://localhost"]

    /// What is accepted leads nowhere but to the listed origins, as it is and with a refusal added.
    private static func judgeTarget(_ text: String) throws(Violation) {
        guard let target = ReturnTarget(text, origin: own, allowed: others) else { return }
        try LenientBrowser.stays(target.location, at: own, orAt: others)
        let told = target.refusing(code: "a/../b#?&", field: "//evil.example")
        try LenientBrowser.stays(told, at: own, orAt: others)
        try hold(
            ReturnTarget(target.location, origin: own, allowed: others) == target,
            "\(target.location) is read again as another")
        try hold(
            ReturnTarget(told, origin: own, allowed: others) != nil || told.utf8.count > 2048,
            "\(told) is not accepted again")
        _ = target.queryItem("return_to")
    }

    private static func judgeReferer(_ text: String) throws(Violation) {
        guard let target = ReturnTarget(referer: text, origin: own) else { return }
        try LenientBrowser.stays(target.location, at: own)
        try hold(target.location.hasPrefix("/"), "\(target.location) is not of our origin")
        if let wanted = target.queryItem("return_to") {
            try hold(wanted.utf8.count <= 2048 && !wanted.utf8.contains(0), "an item of the query")
        }
    }

    /// Two lines: the path as nginx decoded it, and as the client sent it.
    private static func judgePath(_ lines: [String]) throws(Violation) {
        guard let path = RequestPath.canonical(documentURI: lines[0], requestURI: lines.count > 1 ? lines[1] : nil)
        else {
            return
        }
        try hold(path.utf8.elementsEqual(lines[0].utf8), "\(path) was changed")
        if lines.count > 1 { try hold(lines[1].utf8.starts(with: path.utf8), "\(lines[1]) is not \(path)") }
        try hold(
            path.wholeMatch(of: /(\/[A-Za-z0-9\-._~]+)*\/?/) != nil && path.utf8.count <= 1024, "\(path) is not plain")
        let standardized = URL(string: "http://a" + path)?.standardized.path(percentEncoded: false)
        try hold(standardized == path, "Foundation reads \(path) as \(standardized ?? "nothing")")
    }

    private static func judgePicture(_ text: String) throws(Violation) {
        guard let picture = PictureURL(text) else { return }
        try hold(picture.text == text && text.utf8.count <= 2048, "a picture's address was changed")
        try hold(PictureURL(picture.text) == picture, "it is not accepted again")
        // Foundation knows more about IPv6 addresses than a browser's parser leaves of them.
        guard let url = URL(string: text) else { return }
        try hold(["http", "https"].contains(url.scheme?.lowercased()), "the scheme of \(text) is \(url.scheme ?? "")")
        try hold(url.host?.isEmpty == false, "\(text) has no host")
        try hold(url.user == nil && url.password == nil, "\(text) has a user")
    }

    private static func judgeOrigin(_ text: String) throws(Violation) {
        guard let host = SettingText.host(ofOrigin: text) else { return }
        try hold(text.contains(host) && text == text.lowercased(), "the host of \(text) is \(host)")
        guard let url = URL(string: text) else { return }
        try hold(
            url.path.isEmpty && url.query == nil && url.fragment == nil && url.user == nil,
            "\(text) is more than an origin")
        try hold(url.host == host.trimmingCharacters(in: ["[", "]"]), "Foundation reads the host \(url.host ?? "")")
    }

    private static func judgeDatabase(_ text: String) throws(Violation) {
        guard let url = DatabaseURL(text) else { return }
        for (path, value) in url.settings {
            try hold(SettingsTable.row(path) != nil, "there is no setting \(path)")
            try hold(!value.utf8.contains(0) || text.utf8.contains(0), "\(path) hides a NUL")
        }
        try hold(Set(url.settings.map(\.path)).count == url.settings.count, "a setting stands twice")
    }
}
