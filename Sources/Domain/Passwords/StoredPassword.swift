package import Crypto

/// What a stored password was made with; the digest itself never leaves the database.
package struct PasswordParameters: Sendable, Equatable {
    package let cost: HashingCost
    /// Sixteen bytes.
    package let salt: [UInt8]
    package let pepperID: Keyring.KeyID

    package init(cost: HashingCost, salt: [UInt8], pepperID: Keyring.KeyID) {
        self.cost = cost
        self.salt = salt
        self.pepperID = pepperID
    }
}

/// A password in the form in which it is stored: the pepper's HMAC over the Argon2id output.
package struct PasswordDigest: Sendable {
    package let parameters: PasswordParameters
    package let digest: Digest

    package init(parameters: PasswordParameters, digest: Digest) {
        self.parameters = parameters
        self.digest = digest
    }
}

/// Who may sign in under an identifier, and what his password was made with.
package struct SignInCandidate: Sendable {
    package let user: User?
    /// Nil when there is no such user, or none with a password.
    package let parameters: PasswordParameters?
    /// When somebody last signed in to the account from the network that was asked about.
    package let networkSeenAt: Instant?
    /// How many sessions there are, expired ones that are not removed yet among them.
    package let sessions: Int

    package init(
        user: User?, parameters: PasswordParameters?, networkSeenAt: Instant? = nil, sessions: Int = 0
    ) {
        self.user = user
        self.parameters = parameters
        self.networkSeenAt = networkSeenAt
        self.sessions = sessions
    }
}

/// What a person signs in with: an address when it has an `@`, else a username (S1.10).
package enum SignInIdentifier: Sendable {
    case email(EmailAddress)
    case username(Username)
    /// Neither: nobody has it, but the answer takes the same way.
    case unknown

    package init(_ text: String) {
        if text.contains("@") {
            self = EmailAddress(text).map(SignInIdentifier.email) ?? .unknown
        } else {
            self = Username(text).map(SignInIdentifier.username) ?? .unknown
        }
    }

    /// What budgets count by: one key for each account name, whatever its spelling.
    package var key: String {
        switch self {
        case .email(let email): email.key
        case .username(let username): username.text
        case .unknown: ""
        }
    }
}

/// The rows of stored passwords, as far as the application's account may touch them (`sql/functions.sql`).
package protocol PasswordStore: ~Copyable {
    /// One statement, the same whether the identifier is known or not.
    mutating func candidate(
        for identifier: SignInIdentifier, from network: Digest
    ) throws(Failure) -> SignInCandidate

    mutating func candidate(withID id: UserID, from network: Digest) throws(Failure) -> SignInCandidate

    /// Compares in the database. Nil asks with the decoy row, which nothing matches, by the same statement.
    mutating func password(of id: UserID?, matches digest: Digest) throws(Failure) -> Bool

    /// Stores the first password of a user made a moment ago; false when there is one, or the user is older.
    mutating func createPassword(_ password: PasswordDigest, of id: UserID) throws(Failure) -> Bool

    /// Replaces a password; false when `current` is not its value.
    mutating func replacePassword(
        of id: UserID, current: Digest, with new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool

    /// Sets the password of the user whom a mailed token is about, and uses the token up: both or, when the token was used
    /// or made void, or has expired, neither.
    mutating func resetPassword(
        by token: OneTimeToken, to new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool

    /// Takes a password away: nobody signs in with one until a mailed token sets the next.
    mutating func dropPassword(of id: UserID) throws(Failure)
}
