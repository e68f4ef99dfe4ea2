internal import Domain

extension User: Record {
    static let columns: StaticString = """
        users.id, users.legacy_id, users.email, users.email_key, users.email_verified_at, users.username, users.name, users.picture, \
        users.role, users.erasure_salt, users.created_at, users.updated_at, users.password_changed_at, \
        users.last_sign_in_at, users.disabled_at, users.deleted_at
        """

    init(_ row: inout Row) throws(Failure) {
        self.init(
            id: try row.next(), legacyID: try row.next(),
            email: EmailAddress(storedText: try row.next(), key: try row.next()),
            emailVerifiedAt: try row.optional(), username: try row.optional(String.self).map(Username.init(stored:)),
            name: try row.optional(), picture: try row.optional(), role: try row.next(),
            erasureSalt: try row.next(), createdAt: try row.next(), updatedAt: try row.next(),
            passwordChangedAt: try row.optional(), lastSignInAt: try row.optional(), disabledAt: try row.optional(),
            deletedAt: try row.optional())
    }
}
