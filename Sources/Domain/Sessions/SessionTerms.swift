import Crypto

/// How long sessions last, and how a new one is made.
package struct SessionTerms: Sendable, Equatable {
    package var idle: Duration
    package var lifetime: Duration
    package var rememberedIdle: Duration
    package var rememberedLifetime: Duration
    /// Live sessions of one user (security S6).
    package var limit: Int

    package init(
        idle: Duration, lifetime: Duration, rememberedIdle: Duration, rememberedLifetime: Duration, limit: Int = 100
    ) {
        self.idle = idle
        self.lifetime = lifetime
        self.rememberedIdle = rememberedIdle
        self.rememberedLifetime = rememberedLifetime
        self.limit = limit
    }

    package static let standard = SessionTerms(
        idle: .hours(2), lifetime: .hours(24), rememberedIdle: .days(14), rememberedLifetime: .days(30))

    /// A use is written down at most this often: once a minute, or oftener where a session could end between two.
    func useInterval(remembered: Bool) -> Duration {
        min(.minutes(1), .microseconds((remembered ? rememberedIdle : idle).microseconds / 10))
    }

    /// A session of somebody who has just proved who he is.
    func open(
        for user: User, _ wish: SessionWish, methods: [String], from origin: Origin, at now: Instant
    ) -> OpenedSession {
        let token = SessionToken.random()
        let session = Session(
            id: SessionID(at: now), digest: token.digest, userID: user.id, carrier: wish.carrier,
            isRemembered: wish.remember, methods: methods, authenticatedAt: now, createdAt: now, lastUsedAt: now,
            idleUntil: idleEnd(remembered: wish.remember, usedAt: now),
            expiresAt: now + (wish.remember ? rememberedLifetime : lifetime), address: origin.address,
            userAgent: origin.userAgent)
        return OpenedSession(user: user, session: session, token: token, limit: limit)
    }

    /// When an unused session ends.
    func idleEnd(remembered: Bool, usedAt now: Instant) -> Instant {
        now + (remembered ? rememberedIdle : idle)
    }
}

/// What a person asks of a new session.
package struct SessionWish: Sendable {
    package let carrier: Carrier
    package let remember: Bool
    /// The session that the same browser had so far: it ends, so that one which somebody else put there is worth
    /// nothing afterwards (security S3).
    package let replaced: SessionToken?

    package init(carrier: Carrier = .cookie, remember: Bool = false, replacing replaced: SessionToken? = nil) {
        self.carrier = carrier
        self.remember = remember
        self.replaced = replaced
    }
}

/// A new session with its secret, which is shown this once.
package struct OpenedSession: Sendable {
    package let user: User
    package let session: Session
    package let token: SessionToken
    /// How many its user may have, this one included.
    let limit: Int
}

/// Who is calling: a live session and its user.
package struct Caller: Sendable {
    package let user: User
    package let session: Session

    package init(user: User, session: Session) {
        self.user = user
        self.session = session
    }
}

extension SessionStore where Self: ~Copyable {
    /// Stores a new session and ends the one it takes the place of, and the oldest ones beyond the limit; tells how many
    /// were too many. Call it inside of a transaction that has the user's row.
    ///
    /// - Parameter count: how many sessions the user had a moment ago; below the limit nothing is looked for.
    @discardableResult
    mutating func begin(
        _ opened: OpenedSession, _ wish: SessionWish, beside count: Int = .max
    ) throws(Failure) -> Int {
        if let replaced = wish.replaced { try deleteSession(withDigest: replaced.digest) }
        let session = opened.session
        let ended =
            count < opened.limit
            ? 0 : try deleteSessions(of: session.userID, beyond: opened.limit - 1, at: session.createdAt)
        try insert(session)
        return ended
    }
}
