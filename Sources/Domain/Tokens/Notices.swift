internal import Crypto

extension OneTimeToken {
    /// A token and its secret, not stored yet.
    static func issue(
        _ purpose: TokenPurpose, for subject: UserID, at email: EmailAddress, lasting lifetime: Duration, now: Instant,
        about event: AuditEventKind? = nil
    ) -> (token: OneTimeToken, secret: OneTimeSecret) {
        let secret = OneTimeSecret.random()
        let token = OneTimeToken(
            digest: secret.digest, purpose: purpose, subject: subject, email: email, event: event,
            eventAt: event == nil ? nil : now, createdAt: now, expiresAt: now + lifetime)
        return (token, secret)
    }
}

extension TokenStore where Self: Outbox & ~Copyable {
    /// Queues a notice about an act, with a link for "this was not me". Inside of the act's transaction.
    ///
    /// Nobody reads of an account to which he has not said yes: else whoever registered with a stranger's address could
    /// have mail sent to it for as long as he likes (security E8).
    mutating func notify(
        _ kind: MailKind, to user: User, about event: AuditEventKind, from origin: Origin, at now: Instant
    ) throws(Failure) {
        guard user.isVerified else { return }
        let (token, secret) = OneTimeToken.issue(
            .notMe, for: user.id, at: user.email, lasting: TokenTerms.notMe, now: now, about: event)
        try insert(token)
        try enqueue(.notice(kind, to: user, about: origin, at: now, adding: ["not_me_token": secret.reveal()]))
    }
}
