import Crypto
import Domain

extension Exchange {
    /// The secret of the link in a mail that led here. Other programs add parameters of theirs to links.
    func linkSecret() throws(Failure) -> Secret {
        let query = Array((request[.queryString] ?? "").utf8)
        for field in try URLEncoded.decode(query, secrets: ["token"]) {
            if case .secret(let secret) = field.value { return secret }
        }
        throw .refused(LinkRefused.invalid)
    }
}
