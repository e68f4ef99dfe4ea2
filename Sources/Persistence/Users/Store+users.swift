package import Domain

extension Store: UserStore {
    package mutating func insert(_ user: User) throws(Failure) -> UserInsertion {
        if let username = user.username, try !claim(username, for: user.id, at: user.createdAt) {
            return .usernameTaken
        }
        let isNew = try insert(
            """
            INSERT INTO users (id, email, email_key, email_verified_at, username, name, picture, role, erasure_salt,
                created_at, updated_at, password_changed_at, last_sign_in_at, disabled_at, deleted_at)
            VALUES (\(user.id), \(user.email.text), \(user.email.key), \(user.emailVerifiedAt),
                \(user.username?.text), \(user.name), \(user.picture), \(user.role), \(user.erasureSalt),
                \(user.createdAt), \(user.updatedAt), \(user.passwordChangedAt), \(user.lastSignInAt),
                \(user.disabledAt), \(user.deletedAt))
            """)
        return isNew ? .inserted : .emailTaken
    }

    package mutating func user(withID id: UserID) throws(Failure) -> User? {
        try first("SELECT \(columns: User.self) FROM users WHERE id = \(id)")
    }

    package mutating func user(withEmail email: EmailAddress) throws(Failure) -> User? {
        try first("SELECT \(columns: User.self) FROM users WHERE email_key = \(email.key)")
    }

    package mutating func user(withUsername username: Username) throws(Failure) -> User? {
        try first("SELECT \(columns: User.self) FROM users WHERE username = \(username.text)")
    }

    package mutating func changeProfile(
        of id: UserID, name: Change<String>, picture: Change<String>, at now: Instant
    ) throws(Failure) {
        _ = try write(
            """
            UPDATE users SET name = IF(\(name.changes), \(name.value), name),
                picture = IF(\(picture.changes), \(picture.value), picture), updated_at = \(now)
            WHERE id = \(id)
            """)
    }

    package mutating func setDisabled(_ isDisabled: Bool, _ id: UserID, at now: Instant) throws(Failure) {
        let disabledAt = isDisabled ? now : nil
        _ = try write("UPDATE users SET disabled_at = \(disabledAt), updated_at = \(now) WHERE id = \(id)")
    }

    package mutating func markDeleted(_ id: UserID, at now: Instant) throws(Failure) {
        _ = try write("UPDATE users SET deleted_at = \(now), updated_at = \(now) WHERE id = \(id)")
    }

    package mutating func rename(_ id: UserID, to username: Username?, at now: Instant) throws(Failure) -> Bool {
        try atomically { store throws(Failure) in
            if let username, try !store.claim(username, for: id, at: now) { return false }
            _ = try store.write(
                """
                UPDATE usernames SET released_at = \(now)
                WHERE user_id = \(id) AND released_at IS NULL AND name <> \(username?.text ?? "")
                """)
            _ = try store.write("UPDATE users SET username = \(username?.text) WHERE id = \(id)")
            return true
        }
    }

    package mutating func noteSignIn(of id: UserID, at now: Instant) throws(Failure) {
        _ = try write("UPDATE users SET last_sign_in_at = \(now) WHERE id = \(id)")
    }

    package mutating func users(after id: UserID?, limit: Int, deleted: Bool) throws(Failure) -> [User] {
        try all(
            """
            SELECT \(columns: User.self) FROM users
            WHERE id > \(id ?? .nobody) AND (deleted_at IS NULL OR \(deleted)) ORDER BY id LIMIT \(limit)
            """)
    }

    /// Takes a name that nobody ever had, or that the user had himself; false when it is or was somebody else's.
    private mutating func claim(_ username: Username, for id: UserID, at now: Instant) throws(Failure) -> Bool {
        var row = try write(
            """
            INSERT INTO usernames (name, user_id, claimed_at) VALUES (\(username.text), \(id), \(now))
            ON DUPLICATE KEY UPDATE released_at = IF(user_id = VALUES(user_id), NULL, released_at)
            RETURNING user_id
            """
        ).rows.first
        return try row?.next(UserID.self) == id
    }
}

extension Change {
    var changes: Bool { if case .keep = self { false } else { true } }

    /// Nil where it is cleared or kept.
    var value: Value? { if case .set(let value) = self { value } else { nil } }
}

extension UserID {
    /// Below every identifier, and nobody's: the decoy of the password rows has it.
    static let nobody = UserID(trusted: [UInt8](repeating: 0, count: 16))
}
