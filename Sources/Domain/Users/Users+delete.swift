package import Crypto

/// Wants a password, or a session whose owner proved a short while ago who he is.
package struct FreshSignInRequired: Refusal {
    package var code: String { "reauth_required" }
    package var kind: RefusalKind { .forbidden }
}

extension Users {
    package typealias DeletionStore = AuditLog & BudgetStore & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// Deletes one's own account: it is dead at once with all its sessions; its row stays for the grace period, and
    /// its address and name stay taken. Without a password the session has to be fresh.
    package func delete<Store: DeletionStore>(
        _ caller: Caller, currentPassword: Secret?, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let user = caller.user
        if let currentPassword {
            _ = try passwords.confirm(
                currentPassword, of: user, otherwise: .deletionFailed, budgets: budgets, clock: clock, from: origin,
                in: &store)
        } else if clock.now() - caller.session.authenticatedAt > Users.freshness {
            throw .refused(FreshSignInRequired())
        }
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            try tx.markDeleted(user.id, at: now)
            let ended = try tx.deleteSessions(of: user.id, except: nil)
            try tx.record(
                AuditEvent(
                    .deleted, by: .user, on: user, session: caller.session.id, detail: ["ended": String(ended)],
                    from: origin, at: now))
            try tx.voidTokens(of: user.id, for: [.reset, .changeEmail, .confirm], at: now)
            try notify(.accountDeleted, to: user, about: .deleted, from: origin, at: now, in: &tx)
        }
    }
}
