internal import Crypto
package import Domain

/// Only the migrator's account may: the store must have been made with its settings.
extension Store: PasswordOverride {
    package mutating func overridePassword(
        _ password: PasswordDigest, of id: UserID, at now: Instant
    ) throws(Failure) {
        _ = try write(
            """
            INSERT INTO password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
            VALUES (\(id), \(password.parameters.cost.iterations), \(password.parameters.cost.memory),
                \(password.parameters.salt), \(password.parameters.pepperID), \(password.digest), \(now))
            ON DUPLICATE KEY UPDATE iterations = VALUES(iterations), memory = VALUES(memory), salt = VALUES(salt),
                pepper_id = VALUES(pepper_id), digest = VALUES(digest), changed_at = VALUES(changed_at)
            """)
    }
}
