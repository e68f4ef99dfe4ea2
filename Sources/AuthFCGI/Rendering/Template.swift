internal import CMustache

#if canImport(Glibc)
    import Glibc
#endif

/// A Mustache template.
struct Template: Sendable {
    /// What becomes of values so that they are nothing but text where they stand.
    enum Escaping: Int32, Sendable {
        case nothing
        case html
    }

    let source: String

    /// Nil when the template is not valid, which a test rules out for those of the house.
    func render(_ values: [(name: String, value: String)], escaping: Escaping = .html) -> [UInt8]? {
        let names = values.map { strdup($0.name) }
        let texts = values.map { strdup($0.value) }
        defer { (names + texts).forEach { free($0) } }
        let rendered = mustache_render(
            source, names.map { UnsafePointer($0) }, texts.map { UnsafePointer($0) }, values.count,
            escaping.rawValue)
        guard let rendered else { return nil }
        defer { free(rendered) }
        return Array(UnsafeRawBufferPointer(start: rendered, count: strlen(rendered)))
    }
}
