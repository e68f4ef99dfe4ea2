import Crypto
import Domain

extension Exchange {
    /// The secret of the link that led here: the item `token` of the query. What programs add to links is ignored.
    func linkToken() throws(Failure) -> Secret {
        let query = Array((request[.queryString] ?? "").utf8)
        for field in try URLEncoded.decode(query, secrets: ["token"]) {
            if case .secret(let secret) = field.value, !secret.isEmpty { return secret }
        }
        throw .refused(InvalidInput("token", "required"))
    }
}
