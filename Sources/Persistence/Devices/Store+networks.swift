package import Crypto
package import Domain

extension Store: NetworkStore {
    package mutating func noteNetwork(_ network: Digest, of user: UserID, at now: Instant) throws(Failure) {
        _ = try write(
            """
            INSERT INTO known_networks (user_id, network, signed_in_at) VALUES (\(user), \(network), \(now))
            ON DUPLICATE KEY UPDATE signed_in_at = VALUES(signed_in_at)
            """)
    }

    package mutating func forgetNetworks(of user: UserID, before limit: Instant) throws(Failure) {
        _ = try write("DELETE FROM known_networks WHERE user_id = \(user) AND signed_in_at < \(limit)")
    }
}
