package import Domain

extension Store: ErasureStore {
    package mutating func deleteUser(_ user: User) throws(Failure) -> Bool {
        var row = try write("SELECT user_erase(\(user.id), \(user.deletedAt))").rows.first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func disownUsernames(of id: UserID, at now: Instant) throws(Failure) {
        _ = try write(
            """
            UPDATE usernames SET user_id = \(UserID.nobody), released_at = COALESCE(released_at, \(now))
            WHERE user_id = \(id)
            """)
    }

    package mutating func deleteTokens(about user: User) throws(Failure) {
        _ = try write("DELETE FROM one_time_tokens WHERE subject_id = \(user.id)")
        guard user.isVerified else { return }
        _ = try write(
            """
            DELETE FROM one_time_tokens
            WHERE email_key = \(user.email.key) AND purpose <> \(TokenPurpose.undoEmail.rawValue)
            """)
    }

    package mutating func deleteMails(of id: UserID) throws(Failure) {
        _ = try write("DELETE FROM outbox_messages WHERE user_id = \(id)")
    }
}
