internal import Crypto
package import Domain

extension Store {
    /// Sets a password without the current one, ends the user's sessions and records it, all in one transaction.
    ///
    /// Only the migrator's account may: the store must have been made with its settings.
    package mutating func setPasswordByOperator(
        _ password: PasswordDigest, of id: UserID, at now: Instant, recording event: AuditEvent
    ) throws(Failure) {
        try atomically { store throws(Failure) in
            _ = try store.write(
                """
                INSERT INTO password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
                VALUES (\(id), \(password.parameters.cost.iterations), \(password.parameters.cost.memory),
                    \(password.parameters.salt), \(password.parameters.pepperID), \(password.digest), \(now))
                ON DUPLICATE KEY UPDATE iterations = VALUES(iterations), memory = VALUES(memory), salt = VALUES(salt),
                    pepper_id = VALUES(pepper_id), digest = VALUES(digest), changed_at = VALUES(changed_at)
                """)
            try store.notePasswordChange(of: id, at: now)
            _ = try store.deleteSessions(of: id, except: nil)
            try store.record(event)
        }
    }
}
