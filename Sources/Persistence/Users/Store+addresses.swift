package import Domain

extension Store: AddressStore {
    package mutating func lockedUser(withID id: UserID) throws(Failure) -> User? {
        guard
            var row = try write("SELECT \(columns: User.self) FROM users WHERE id = \(id) FOR UPDATE").rows.first
        else { return nil }
        return try User(&row)
    }

    package mutating func setEmail(
        _ email: EmailAddress, of id: UserID, verifiedAt: Instant, at now: Instant
    ) throws(Failure) -> Bool {
        try conflict(
            inserting: """
                UPDATE users SET email = \(email.text), email_key = \(email.key), email_verified_at = \(verifiedAt),
                    updated_at = \(now)
                WHERE id = \(id)
                """) == nil
    }
}
