package import Crypto

/// How a browser or a program carries a session; a session is accepted by no other way.
package enum Carrier: String, Sendable, CaseIterable {
    case cookie
    case token
}

/// The secret of a session: `s_` and 64 random bytes. It exists outside of its owner only while it is issued.
package struct SessionToken: Sendable {
    package static let prefix: StaticString = "s_"

    package let secret: Secret

    package static func random() -> SessionToken {
        SessionToken(secret: Secret("\(prefix)" + Base64URL.encode(Random.bytes(64))))
    }

    private init(secret: Secret) {
        self.secret = secret
    }

    /// Nil for what cannot be a token; no database is asked about it.
    package init?(_ text: String) {
        guard Base64URL.isWritten(text, behind: SessionToken.prefix, bytes: 64) else { return nil }
        secret = Secret(text)
    }

    /// What is stored and looked up.
    package var digest: Digest {
        Digest.sha256(of: secret)
    }

    /// The text, for the one answer that issues it.
    package func reveal() -> String {
        secret.reveal()
    }
}

/// A signed-in browser or program.
package struct Session: Sendable {
    package let id: SessionID
    package let digest: Digest
    package let userID: UserID
    package let carrier: Carrier
    /// Whether the cookie outlives the browser.
    package let isRemembered: Bool
    /// The ways of proof, names of RFC 8176: `pwd`.
    package let methods: [String]
    /// When its owner last proved who he is.
    package var authenticatedAt: Instant
    /// When he last typed a code that was mailed to him, which proves less.
    package var confirmedAt: Instant?
    package let createdAt: Instant
    package var lastUsedAt: Instant
    /// Without use, it ends then.
    package var idleUntil: Instant
    /// It ends then in any case.
    package let expiresAt: Instant
    package let address: NetworkAddress
    package let userAgent: String?

    package init(
        id: SessionID, digest: Digest, userID: UserID, carrier: Carrier, isRemembered: Bool, methods: [String],
        authenticatedAt: Instant, confirmedAt: Instant? = nil, createdAt: Instant, lastUsedAt: Instant,
        idleUntil: Instant, expiresAt: Instant,
        address: NetworkAddress, userAgent: String?
    ) {
        self.id = id
        self.digest = digest
        self.userID = userID
        self.carrier = carrier
        self.isRemembered = isRemembered
        self.methods = methods
        self.authenticatedAt = authenticatedAt
        self.confirmedAt = confirmedAt
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.idleUntil = idleUntil
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }

    package var use: SessionUse {
        SessionUse(
            carrier: carrier, isRemembered: isRemembered, lastUsedAt: lastUsedAt, idleUntil: idleUntil,
            expiresAt: expiresAt)
    }

    /// The moment it ends if it is not used again.
    package var endsAt: Instant { min(idleUntil, expiresAt) }
}

/// The rows of sessions.
package protocol SessionStore: ~Copyable {
    mutating func insert(_ session: Session) throws(Failure)

    /// The session with its user, by one indexed statement; also an expired one.
    mutating func session(withDigest digest: Digest) throws(Failure) -> (session: Session, user: User)?

    /// The same for the check, which needs less of both.
    mutating func identity(withDigest digest: Digest) throws(Failure) -> Identity?

    /// Has `identity` answer for these, of which there are few, by what one statement finds now, until `dropPrefetched`; where
    /// that is not possible it asks for each. For requests that are there already.
    mutating func prefetchIdentities(withDigests digests: [Digest])

    mutating func dropPrefetched()

    /// The live sessions of a user, the newest first, at most 1,000.
    mutating func sessions(of user: UserID, at now: Instant) throws(Failure) -> [Session]

    /// Notes a use, within a second: who is let in does not wait for it.
    mutating func noteUse(of digest: Digest, at now: Instant, idleUntil: Instant)

    /// False when the user has no such session.
    mutating func deleteSession(_ id: SessionID, of user: UserID) throws(Failure) -> Bool

    /// Ends the session of a token, whoever's it is.
    mutating func deleteSession(withDigest digest: Digest) throws(Failure)

    /// Ends all of a user's sessions but the given one; tells how many.
    mutating func deleteSessions(of user: UserID, except kept: SessionID?) throws(Failure) -> Int

    /// Ends those of a user's sessions that began at that moment or later; tells how many.
    mutating func deleteSessions(of user: UserID, since start: Instant) throws(Failure) -> Int

    /// Ends what has expired of a user's sessions, and the oldest of the live ones beyond so many; tells how many.
    mutating func deleteSessions(of user: UserID, beyond count: Int, at now: Instant) throws(Failure) -> Int

    /// Notes that the owner of a session has proved by his password who he is. False when it has ended.
    mutating func noteAuthentication(in session: SessionID, at now: Instant) throws(Failure) -> Bool

    /// The same, by a code that was mailed to him.
    mutating func noteConfirmation(in session: SessionID, at now: Instant) throws(Failure) -> Bool
}
