/// A person with an account.
package struct User: Sendable {
    package let id: UserID
    /// A number of one's own for programs that know no other identifiers; the database gives it, so a user who was not
    /// read from there has none.
    package let legacyID: Int64?
    package var email: EmailAddress
    package var emailVerifiedAt: Instant?
    package var username: Username?
    package var name: String?
    package var picture: String?
    /// One of `[a-z0-9_.:-]{1,64}`; `user` unless an operator says otherwise.
    package var role: String
    /// Sixteen random bytes; destroying them makes this person's sealed audit fields unreadable.
    package let erasureSalt: [UInt8]
    package let createdAt: Instant
    package var updatedAt: Instant
    package var passwordChangedAt: Instant?
    package var lastSignInAt: Instant?
    package var disabledAt: Instant?
    package var deletedAt: Instant?

    package init(
        id: UserID, legacyID: Int64? = nil, email: EmailAddress, emailVerifiedAt: Instant? = nil,
        username: Username? = nil,
        name: String? = nil, picture: String? = nil, role: String = "user", erasureSalt: [UInt8], createdAt: Instant,
        updatedAt: Instant, passwordChangedAt: Instant? = nil, lastSignInAt: Instant? = nil,
        disabledAt: Instant? = nil, deletedAt: Instant? = nil
    ) {
        self.id = id
        self.legacyID = legacyID
        self.email = email
        self.emailVerifiedAt = emailVerifiedAt
        self.username = username
        self.name = name
        self.picture = picture
        self.role = role
        self.erasureSalt = erasureSalt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.passwordChangedAt = passwordChangedAt
        self.lastSignInAt = lastSignInAt
        self.disabledAt = disabledAt
        self.deletedAt = deletedAt
    }

    /// Neither disabled nor deleted.
    package var isActive: Bool { disabledAt == nil && deletedAt == nil }

    package var isVerified: Bool { emailVerifiedAt != nil }

    /// What his password must not consist of.
    var contextWords: [String] { [email.localPart, username?.text, name].compactMap(\.self) }
}
