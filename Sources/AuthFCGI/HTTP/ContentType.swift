/// What a body claims to be. Anything but these, `multipart/form-data` included, is answered with 415 (security C4).
enum ContentType: Sendable, Equatable {
    case absent
    case form
    case json
    /// A JSON merge patch (RFC 7396).
    case mergePatch
    case unsupported

    /// The only parameter that is accepted is a charset, and the only charset UTF-8.
    init(_ header: String?) {
        guard let header, !header.isEmpty else {
            self = .absent
            return
        }
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map { trimmed($0).lowercased() }
        let charsets: Set = ["charset=utf-8", "charset=\"utf-8\""]
        guard let type = parts.first, parts.count <= 2, parts.dropFirst().allSatisfy(charsets.contains) else {
            self = .unsupported
            return
        }
        self =
            switch type {
            case "application/x-www-form-urlencoded": .form
            case "application/json": .json
            case "application/merge-patch+json": .mergePatch
            default: .unsupported
            }
    }
}

/// Without the optional white space of header fields (RFC 9110, section 5.6.3) at both ends.
func trimmed(_ text: Substring) -> Substring {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
}
