package import Crypto

extension Users {
    /// A token and its secret, not stored yet.
    func issue(
        _ purpose: TokenPurpose, for subject: UserID, at email: EmailAddress, lasting lifetime: Duration, now: Instant,
        about event: AuditEventKind? = nil
    ) -> (token: OneTimeToken, secret: OneTimeSecret) {
        OneTimeToken.issue(purpose, for: subject, at: email, lasting: lifetime, now: now, about: event)
    }

    /// The live token that a link brings; using it up is another step.
    package func token<Store: TokenStore & ~Copyable>(
        _ text: Secret, for purpose: TokenPurpose, in store: inout Store
    ) throws(Failure) -> OneTimeToken where Store: ~Copyable {
        guard let secret = OneTimeSecret(text), let token = try store.token(withDigest: secret.digest, for: purpose),
            token.usedAt == nil
        else { throw .refused(LinkRefused.invalid) }
        guard clock.now() < token.expiresAt else { throw .refused(LinkRefused.expired) }
        return token
    }
}
