package import Crypto

/// What happened: the permanent names of the audit log.
package enum AuditEventKind: String, Sendable, CaseIterable {
    case registrationBegun = "registration.begun"
    case registrationResent = "registration.link_sent"
    case verificationFailed = "registration.proof_failed"
    case registered = "user.registered"
    case emailVerified = "email.verified"
    case emailChangeBegun = "email.change_begun"
    case emailChanged = "email.changed"
    case emailChangeUndone = "email.change_undone"
    case recoveryBegun = "recovery.begun"
    case passwordReset = "password.reset"
    case disowned = "user.disowned_event"
    case codeSent = "session.code_sent"
    case confirmed = "session.confirmed"
    case confirmationFailed = "session.confirmation_failed"
    case exported = "user.exported"
    case restored = "user.restored"
    case erased = "user.erased"
    case signedIn = "session.signed_in"
    case signInFailed = "session.sign_in_failed"
    case limited = "budget.refused"
    case signedOut = "session.signed_out"
    case sessionEnded = "session.ended"
    case sessionsEnded = "session.others_ended"
    case profileChanged = "user.profile_changed"
    case passwordChanged = "password.changed"
    case passwordChangeFailed = "password.change_failed"
    case passwordRehashed = "password.rehashed"
    case passwordSetByOperator = "password.set_by_operator"
    case deleted = "user.deleted"
    case deletionFailed = "user.deletion_failed"
    case created = "user.created_by_operator"
    case disabled = "user.disabled"
    case enabled = "user.enabled"
    case sessionsRevoked = "session.revoked_by_operator"
}

/// Who did it.
package enum AuditActor: String, Sendable {
    case anonymous
    case user
    case operatorOnHost = "operator"
    case janitor
}

/// One act, as it is recorded in the transaction of the act.
package struct AuditEvent: Sendable {
    package let kind: AuditEventKind
    package let actor: AuditActor
    /// The account it is about.
    package let subject: UserID?
    /// The salt of that account's key; without it the personal fields are sealed under the installation's key.
    package let erasureSalt: [UInt8]?
    package let session: SessionID?
    /// A MAC of what was typed as identifier: people type passwords there (decisions 33).
    package let identifier: Digest?
    /// Figures and names from closed lists; never what a person typed.
    package let detail: [String: String]
    package let origin: Origin
    package let at: Instant

    package init(
        _ kind: AuditEventKind, by actor: AuditActor, on user: User? = nil, session: SessionID? = nil,
        identifier: Digest? = nil, detail: [String: String] = [:], from origin: Origin, at now: Instant
    ) {
        self.kind = kind
        self.actor = actor
        subject = user?.id
        erasureSalt = user?.erasureSalt
        self.session = session
        self.identifier = identifier
        self.detail = detail
        self.origin = origin
        at = now
    }
}

/// The append-only log of acts.
package protocol AuditLog: ~Copyable {
    mutating func record(_ event: AuditEvent) throws(Failure)

    /// Counts a refusal beyond a limit: one row a bucket and minute, whose `repeats` grows.
    mutating func recordRefusal(bucket: Digest, _ event: AuditEvent) throws(Failure)
}
