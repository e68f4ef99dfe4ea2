package import Domain

extension Store: UserStore {
    package mutating func insert(_ user: User) throws(Failure) -> UserInsertion {
        let taken = try conflict(
            inserting: """
                INSERT INTO users (id, email, email_key, email_verified_at, username, name, picture, role, erasure_salt,
                    created_at, updated_at, password_changed_at, last_sign_in_at, disabled_at, deleted_at)
                VALUES (\(user.id), \(user.email.text), \(user.email.key), \(user.emailVerifiedAt),
                    \(user.username?.text), \(user.name), \(user.picture), \(user.role), \(user.erasureSalt),
                    \(user.createdAt), \(user.updatedAt), \(user.passwordChangedAt), \(user.lastSignInAt),
                    \(user.disabledAt), \(user.deletedAt))
                """)
        if let taken { return taken == "username" ? .usernameTaken : .emailTaken }
        // The address's former owner may still take it back, and a name that nobody has may have been somebody's. Asked after
        // the insertion, which waits for who gives an address up; with a name both in one statement.
        if let username = user.username { return try claim(username, forNew: user) }
        return try hasLiveToken(for: user.email, .undoEmail, at: user.createdAt) ? .emailTaken : .inserted
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

    package mutating func isClaimed(_ username: Username) throws(Failure) -> Bool {
        try !read("SELECT 1 FROM usernames WHERE name = \(username.text)").isEmpty
    }

    package mutating func changeProfile(
        of id: UserID, name: Change<String>, picture: Change<String>, at now: Instant
    ) throws(Failure) {
        _ = try write(
            """
            UPDATE users SET name = IF(\(name.isKept), name, \(name.newValue)),
                picture = IF(\(picture.isKept), picture, \(picture.newValue)), updated_at = \(now)
            WHERE id = \(id)
            """)
    }

    package mutating func setDisabled(_ isDisabled: Bool, _ id: UserID, at now: Instant) throws(Failure) {
        _ = try write(
            """
            UPDATE users SET disabled_at = IF(\(isDisabled), COALESCE(disabled_at, \(now)), NULL), updated_at = \(now)
            WHERE id = \(id)
            """)
    }

    package mutating func markDeleted(_ id: UserID, at now: Instant) throws(Failure) {
        _ = try write(
            "UPDATE users SET deleted_at = COALESCE(deleted_at, \(now)), updated_at = \(now) WHERE id = \(id)")
    }

    package mutating func clearDeletion(of id: UserID, at now: Instant) throws(Failure) {
        _ = try write("UPDATE users SET deleted_at = NULL, updated_at = \(now) WHERE id = \(id)")
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

    package mutating func noteSignIn(of user: User, at now: Instant) throws(Failure) -> Bool {
        try write(
            """
            UPDATE users SET last_sign_in_at = \(now)
            WHERE id = \(user.id) AND password_changed_at <=> \(user.passwordChangedAt)
                AND disabled_at IS NULL AND deleted_at IS NULL
            """
        ).affected > 0
    }

    package mutating func notePasswordChange(of id: UserID, at now: Instant) throws(Failure) {
        _ = try write("UPDATE users SET password_changed_at = \(now), updated_at = \(now) WHERE id = \(id)")
    }

    package mutating func users(after id: UserID?, limit: Int, deleted: Bool) throws(Failure) -> [User] {
        try all(
            """
            SELECT \(columns: User.self) FROM users
            WHERE id > \(id ?? .nobody) AND (deleted_at IS NULL OR \(deleted)) ORDER BY id LIMIT \(limit)
            """)
    }

    /// Takes a name that nobody ever had, where nobody may take the user's address back.
    private mutating func claim(_ username: Username, forNew user: User) throws(Failure) -> UserInsertion {
        let outcome = try link.run(
            """
            INSERT INTO usernames (name, user_id, claimed_at)
            SELECT \(username.text), \(user.id), \(user.createdAt) FROM DUAL
            WHERE NOT EXISTS (\(fragment: liveToken(for: user.email, .undoEmail, at: user.createdAt)))
            """, isRead: false, toleratesDuplicate: true)
        if outcome.duplicateKey != nil { return .usernameTaken }
        return outcome.affected > 0 ? .inserted : .emailTaken
    }

    /// Takes a name that nobody ever had, or that the user had himself; false when it is or was somebody else's.
    private mutating func claim(_ username: Username, for id: UserID, at now: Instant) throws(Failure) -> Bool {
        let taken = try conflict(
            inserting: "INSERT INTO usernames (name, user_id, claimed_at) VALUES (\(username.text), \(id), \(now))")
        if taken == nil { return true }
        return try write(
            "UPDATE usernames SET released_at = NULL WHERE name = \(username.text) AND user_id = \(id)"
        ).affected > 0
    }
}

extension UserID {
    /// Below every identifier, and nobody's: the decoy of the password rows has it.
    static let nobody = UserID(trusted: [UInt8](repeating: 0, count: 16))
}

extension Change {
    fileprivate var isKept: Bool {
        if case .keep = self { true } else { false }
    }

    fileprivate var newValue: Value? {
        if case .set(let value) = self { value } else { nil }
    }
}
