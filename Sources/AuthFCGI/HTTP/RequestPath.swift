/// The path that is routed by (decisions 18, security F6).
///
/// nginx picks a location by the decoded and normalised path. A path that it had to change to get there could pass a
/// rule as one thing and reach us as another, so only a path that was canonical as it was sent is served.
enum RequestPath {
    static let maximumLength = 1024

    /// The path, or nil when the request is malformed. A subrequest has no request URI of its own: give nil then.
    static func canonical(documentURI: String, requestURI: String?) -> String? {
        guard isCanonical(documentURI.utf8) else { return nil }
        guard let requestURI else { return documentURI }
        // Our paths have unreserved characters only, so their one canonical spelling has no escapes.
        let sent = requestURI.utf8.prefix { $0 != UInt8(ascii: "?") }
        return sent.elementsEqual(documentURI.utf8) ? documentURI : nil
    }

    /// Begins with a slash; unreserved characters; no empty segment but a last one, and no dot segment.
    private static func isCanonical(_ path: String.UTF8View) -> Bool {
        guard path.count <= maximumLength, path.first == UInt8(ascii: "/") else { return false }
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return segments.dropLast().allSatisfy { !$0.isEmpty }
            && segments.allSatisfy { segment in
                segment.allSatisfy(URLEncoded.isUnreserved) && !segment.elementsEqual(".".utf8)
                    && !segment.elementsEqual("..".utf8)
            }
    }
}
