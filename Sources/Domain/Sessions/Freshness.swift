/// How short a while ago the owner of a session proved who he is (security S7, decisions 30).
package enum Freshness: Sendable {
    /// By his password.
    case strong
    /// By his password, or by a code that was mailed to him: for acts that change no address and no way in.
    case weak

    /// Until when a session is fresh, or was.
    package func end(of session: Session) -> Instant {
        let proof =
            switch self {
            case .strong: session.authenticatedAt
            case .weak: max(session.authenticatedAt, session.confirmedAt ?? session.authenticatedAt)
            }
        return proof + Users.freshness
    }

    package func isMet(by session: Session, at now: Instant) -> Bool { now <= end(of: session) }

    package func demand(of session: Session, at now: Instant) throws(Failure) {
        guard isMet(by: session, at: now) else { throw .refused(FreshSignInRequired()) }
    }
}

/// Wants a password, or a session whose owner proved a short while ago who he is.
package struct FreshSignInRequired: Refusal {
    package var code: String { "reauth_required" }
    package var kind: RefusalKind { .forbidden }
}
