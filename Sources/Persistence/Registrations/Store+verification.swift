internal import Crypto
package import Domain

extension Store: VerificationStore {
    package mutating func isClaimed(_ username: Username) throws(Failure) -> Bool {
        try !read("SELECT 1 FROM usernames WHERE name = \(username.text)").isEmpty
    }

    package mutating func noteProof(
        of email: EmailAddress, by id: UserID, at now: Instant
    ) throws(Failure) -> Bool {
        try write(
            """
            UPDATE users SET email_verified_at = \(now), updated_at = \(now)
            WHERE id = \(id) AND email_key = \(email.key) AND email_verified_at IS NULL
                AND disabled_at IS NULL AND deleted_at IS NULL
            """
        ).affected > 0
    }

    package mutating func resetPassword(
        by token: OneTimeToken, to new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool {
        var row = try write(
            """
            SELECT password_reset(\(token.digest), \(token.subject), \(new.parameters.cost.iterations),
                \(new.parameters.cost.memory), \(new.parameters.salt), \(new.parameters.pepperID), \(new.digest), \(now))
            """
        ).rows.first
        return try row?.next(Bool.self) ?? false
    }
}
