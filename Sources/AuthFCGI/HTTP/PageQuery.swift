import Crypto

/// The query of a page's address, read like a form; empty when it cannot be read.
struct PageQuery: Sendable {
    private let fields: [URLEncoded.Field]

    init(_ request: Request) {
        let query = Array((request[.queryString] ?? "").utf8)
        fields = (try? URLEncoded.decode(query, secrets: Input.secretNames)) ?? []
    }

    /// Nil when it is not there, and for a secret.
    subscript(name: String) -> String? {
        guard case .text(let text)? = fields.first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    /// The secret of a link.
    var token: Secret? {
        guard case .secret(let secret)? = fields.first(where: { $0.name == "token" })?.value else { return nil }
        return secret
    }
}
