package import Crypto

/// What a token may be used for; one never serves two purposes.
package enum TokenPurpose: String, Sendable, CaseIterable {
    /// Proves the address of a registration, or of a user who has not proved it yet.
    case verify
    /// Sets a new password.
    case reset
    /// Makes an address the one of the account.
    case changeEmail = "change_email"
    /// Takes a change of the address back.
    case undoEmail = "undo_email"
    /// Takes back what a notice told: "this was not me".
    case notMe = "not_me"
    /// Proves in a session who is there.
    case confirm
}

/// The secret of a link in a mail: `o_` and 32 random bytes. It exists outside of the mailbox only while it is issued.
package struct OneTimeSecret: Sendable {
    package static let prefix: StaticString = "o_"

    private let secret: Secret

    package static func random() -> OneTimeSecret {
        OneTimeSecret(secret: Secret("\(prefix)" + Base64URL.encode(Random.bytes(32))))
    }

    private init(secret: Secret) {
        self.secret = secret
    }

    /// Nil for what cannot be such a secret; no database is asked about it.
    package init?(_ secret: Secret) {
        let text = secret.reveal()
        guard Base64URL.isWritten(text, behind: OneTimeSecret.prefix, bytes: 32) else { return nil }
        self.secret = secret
    }

    /// What is stored and looked up.
    package var digest: Digest { Digest.sha256(of: secret) }

    /// The text, for the one mail or cookie that carries it.
    package func reveal() -> String { secret.reveal() }
}

/// A secret that works once, as it is stored: it says by itself whom it is about (security E1, E4).
package struct OneTimeToken: Sendable {
    package let digest: Digest
    package let purpose: TokenPurpose
    /// A user, a registration that becomes one, or nobody.
    package let subject: UserID
    /// Whose mailbox it proves.
    package let email: EmailAddress
    /// What it takes back, for `notMe` and `undoEmail`.
    package let event: AuditEventKind?
    package let eventAt: Instant?
    package let createdAt: Instant
    package let expiresAt: Instant
    /// When it was used, or made void.
    package let usedAt: Instant?

    package init(
        digest: Digest, purpose: TokenPurpose, subject: UserID, email: EmailAddress, event: AuditEventKind? = nil,
        eventAt: Instant? = nil, createdAt: Instant, expiresAt: Instant, usedAt: Instant? = nil
    ) {
        self.digest = digest
        self.purpose = purpose
        self.subject = subject
        self.email = email
        self.event = event
        self.eventAt = eventAt
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

/// The rows of tokens.
package protocol TokenStore: ~Copyable {
    mutating func insert(_ token: OneTimeToken) throws(Failure)

    /// Also one that was used or has expired.
    mutating func token(withDigest digest: Digest, for purpose: TokenPurpose) throws(Failure) -> OneTimeToken?

    /// Uses a token up. False when it was used or void before, or has expired: of many at once, one succeeds.
    mutating func use(_ token: OneTimeToken, at now: Instant) throws(Failure) -> Bool

    /// Makes void what has not been used yet, of these purposes.
    mutating func voidTokens(of subject: UserID, for purposes: [TokenPurpose], at now: Instant) throws(Failure)

    /// The same for those that were made at that moment or later.
    mutating func voidTokens(
        of subject: UserID, for purposes: [TokenPurpose], since start: Instant, at now: Instant
    ) throws(Failure)

    /// Whether somebody holds a live token of a purpose for this address; undo links keep an address for its owner.
    mutating func hasLiveToken(for email: EmailAddress, _ purpose: TokenPurpose, at now: Instant) throws(Failure)
        -> Bool

    /// The same for a user.
    mutating func hasLiveToken(of subject: UserID, _ purpose: TokenPurpose, at now: Instant) throws(Failure) -> Bool
}

/// The link is not one of ours, or worth nothing any more.
package enum LinkRefused: Refusal {
    /// Unknown, used, or replaced by a newer one.
    case invalid
    case expired

    package var code: String { self == .expired ? "link_expired" : "link_invalid" }
    package var kind: RefusalKind { .gone }
    package var complaints: [Complaint] { [Complaint("token", code)] }
}

/// How long tokens live.
package struct TokenTerms: Sendable, Equatable {
    /// To prove the address of a registration; at most a day (security E1).
    package var verification: Duration
    /// To set a new password; at most an hour.
    package var recovery: Duration

    package init(verification: Duration, recovery: Duration) {
        self.verification = verification
        self.recovery = recovery
    }

    package static let standard = TokenTerms(verification: .hours(24), recovery: .minutes(30))

    /// To confirm a new address.
    static let emailChange = Duration.hours(24)
    /// To take a change of the address back (decisions 29).
    static let emailUndo = Duration.days(7)
    /// To say "this was not me" (decisions 29).
    static let notMe = Duration.hours(72)
    /// A code that was mailed (decisions 30).
    static let code = Duration.minutes(10)
}
