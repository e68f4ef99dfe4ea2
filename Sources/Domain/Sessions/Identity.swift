/// Who a session stands for, as far as the check asks: what it decides by and what it hands on.
///
/// No more, because every column costs the database and the worker on the busiest way that there is.
package struct Identity: Sendable {
    package let sessionID: SessionID
    package let use: SessionUse
    /// When its owner last proved who he is.
    package let authenticatedAt: Instant
    package let userID: UserID
    /// Neither disabled nor deleted.
    package let isActive: Bool
    package let email: String
    package let isVerified: Bool
    package let username: String?
    package let name: String?
    package let role: String

    package init(
        sessionID: SessionID, use: SessionUse, authenticatedAt: Instant, userID: UserID, isActive: Bool,
        email: String, isVerified: Bool, username: String?, name: String?, role: String
    ) {
        self.sessionID = sessionID
        self.use = use
        self.authenticatedAt = authenticatedAt
        self.userID = userID
        self.isActive = isActive
        self.email = email
        self.isVerified = isVerified
        self.username = username
        self.name = name
        self.role = role
    }
}

/// How a session may be used, and how long.
package struct SessionUse: Sendable {
    package let carrier: Carrier
    /// Whether the cookie outlives the browser.
    package let isRemembered: Bool
    package let lastUsedAt: Instant
    /// Without use, it ends then.
    package let idleUntil: Instant
    /// It ends then in any case.
    package let expiresAt: Instant

    package init(
        carrier: Carrier, isRemembered: Bool, lastUsedAt: Instant, idleUntil: Instant, expiresAt: Instant
    ) {
        self.carrier = carrier
        self.isRemembered = isRemembered
        self.lastUsedAt = lastUsedAt
        self.idleUntil = idleUntil
        self.expiresAt = expiresAt
    }

    package func isLive(at now: Instant) -> Bool { now < idleUntil && now < expiresAt }
}
