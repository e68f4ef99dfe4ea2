package import Crypto

/// What a person who forgot his password sets a new one with.
package struct PasswordReset: Sendable {
    /// The secret of the link.
    package let token: Secret
    package let new: Secret

    package init(token: Secret, new: Secret) {
        self.token = token
        self.new = new
    }
}

extension Users {
    package typealias ResetStore = AuditLog & NetworkStore & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// Sets a new password by a mailed link and ends all sessions (security E1, decisions 36); nobody is signed in by it.
    ///
    /// Whoever registered with somebody else's address, or came in otherwise, is out: passwords, sessions, links that are
    /// under way, known devices and networks are all worth nothing afterwards (security O11).
    package func resetPassword<Store: ResetStore>(
        _ reset: PasswordReset, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let (token, user) = try recovery(by: reset.token, in: &store)
        // A password that is not accepted leaves the link as it is.
        let complaints = try passwords.policy.complaints(
            about: reset.new, field: "new_password", context: user.contextWords)
        guard complaints.isEmpty, let new = PasswordPolicy.normalized(reset.new) else {
            throw .refused(InvalidInput(complaints))
        }
        let digest = try passwords.digest(new: new)
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            // First, because it locks the row of the user: what is read of him afterwards stays true.
            try tx.notePasswordChange(of: user.id, at: now)
            guard let user = try tx.user(withID: user.id), token.recovers(user),
                try tx.resetPassword(by: token, to: digest, at: now)
            else { throw Failure.refused(LinkRefused.invalid) }
            _ = try tx.noteProof(of: token.email, by: user.id, at: now)
            let ended = try tx.deleteSessions(of: user.id, except: nil)
            // Not those by which somebody takes back what was done to his account.
            try tx.voidTokens(of: user.id, for: [.verify, .reset, .changeEmail, .confirm], at: now)
            try tx.forgetNetworks(of: user.id, before: now + .microseconds(1))
            try tx.record(
                AuditEvent(
                    .passwordReset, by: .user, on: user, detail: ["ended": String(ended)], from: origin, at: now))
            var proved = user
            proved.emailVerifiedAt = proved.emailVerifiedAt ?? now
            try tx.notify(.passwordChanged, to: proved, about: .passwordReset, from: origin, at: now)
        }
    }
}
