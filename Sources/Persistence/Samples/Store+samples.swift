internal import Crypto
package import Domain

/// Many rows a statement. Only the migrator's account may: the store must have been made with its settings.
extension Store: SampleStore {
    package mutating func hasNoUsers() throws(Failure) -> Bool {
        var row = try read("SELECT NOT EXISTS (SELECT 1 FROM users)").first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func insert(_ accounts: [SampleAccount], password: PasswordDigest?) throws(Failure) {
        let users = accounts.map { account -> SQL in
            let user = account.user
            return """
                (\(user.id), \(user.email.text), \(user.email.key), \(user.emailVerifiedAt), \(user.username?.text),
                \(user.name), \(user.role), \(user.erasureSalt), \(user.createdAt), \(user.updatedAt),
                \(user.passwordChangedAt), \(user.lastSignInAt))
                """
        }
        _ = try write(
            """
            INSERT INTO users (id, email, email_key, email_verified_at, username, name, role, erasure_salt, created_at,
                updated_at, password_changed_at, last_sign_in_at)
            VALUES \(fragment: SQL(joining: users, by: ", "))
            """)
        let names = accounts.map { account -> SQL in
            "(\(account.user.username?.text), \(account.user.id), \(account.user.createdAt))"
        }
        _ = try write(
            "INSERT INTO usernames (name, user_id, claimed_at) VALUES \(fragment: SQL(joining: names, by: ", "))")
        if let password { try insert(password, of: accounts) }
        let sessions = accounts.map { account -> SQL in
            let session = account.session
            return """
                (\(session.digest), \(session.id), \(session.userID), \(session.carrier), \(session.isRemembered),
                \(session.methods.joined(separator: " ")), \(session.authenticatedAt), \(session.createdAt),
                \(session.lastUsedAt), \(session.idleUntil), \(session.expiresAt), \(session.address),
                \(session.userAgent))
                """
        }
        _ = try write(
            """
            INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at,
                created_at, last_used_at, idle_until, expires_at, address, user_agent)
            VALUES \(fragment: SQL(joining: sessions, by: ", "))
            """)
    }

    private mutating func insert(_ password: PasswordDigest, of accounts: [SampleAccount]) throws(Failure) {
        let parameters = password.parameters
        let rows = accounts.map { account -> SQL in
            """
            (\(account.user.id), \(parameters.cost.iterations), \(parameters.cost.memory), \(parameters.salt),
            \(parameters.pepperID), \(password.digest), \(account.user.createdAt))
            """
        }
        _ = try write(
            """
            INSERT INTO password_hashes (user_id, iterations, memory, salt, pepper_id, digest, changed_at)
            VALUES \(fragment: SQL(joining: rows, by: ", "))
            """)
    }
}
