package import Crypto

/// An account that somebody asked for and has not proved yet: it owns neither the address nor the name (decisions 27).
package struct Registration: Sendable {
    /// Becomes the id of the user.
    package let id: UserID
    package let email: EmailAddress
    package let username: Username?
    package let name: String?
    /// SHA-256 of the secret in the cookie of the browser that registered.
    package let browser: Digest
    package let erasureSalt: [UInt8]
    package let createdAt: Instant
    package let expiresAt: Instant

    package init(
        id: UserID, email: EmailAddress, username: Username?, name: String?, browser: Digest, erasureSalt: [UInt8],
        createdAt: Instant, expiresAt: Instant
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.name = name
        self.browser = browser
        self.erasureSalt = erasureSalt
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// How people come to accounts.
package enum RegistrationMode: String, Sendable, CaseIterable {
    /// Everybody can register; the account begins when its address is proved.
    case verified
    /// Everybody can register and is signed in at once.
    case open
    /// Nobody can; operators create users.
    case closed
}

/// The rows of registrations, and of their passwords.
package protocol RegistrationStore: ~Copyable {
    /// Stores a registration with its password; call it inside of a transaction.
    mutating func insert(_ registration: Registration, _ password: PasswordDigest) throws(Failure)

    mutating func registration(withID id: UserID) throws(Failure) -> Registration?

    /// The newest live one for an address; where one is this browser's, that.
    mutating func registration(
        for email: EmailAddress, preferring browser: Digest?, at now: Instant
    ) throws(Failure) -> Registration?

    /// What the password of a registration was made with; nil when there is none.
    mutating func passwordParameters(ofRegistration id: UserID) throws(Failure) -> PasswordParameters?

    /// Removes every registration for an address, and their passwords but that of who has become a user.
    mutating func deleteRegistrations(for email: EmailAddress, keepingPasswordOf kept: UserID?) throws(Failure)
}
