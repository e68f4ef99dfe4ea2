package import Crypto

extension Users {
    package typealias DeletionStore = AuditLog & BudgetStore & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// Deletes one's own account: it is dead at once with all its sessions; its row stays for the grace period, and
    /// its address and name stay taken. Without a password the session has to be fresh; a mailed code is enough.
    package func delete<Store: DeletionStore>(
        _ caller: Caller, currentPassword: Secret?, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let user = caller.user
        if let currentPassword {
            _ = try passwords.confirm(
                currentPassword, of: user, otherwise: .deletionFailed, budgets: budgets, clock: clock, from: origin,
                in: &store)
        } else {
            try Freshness.weak.demand(of: caller.session, at: clock.now())
        }
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            // First, because it waits for a change of the address that puts the account on hold.
            try tx.markDeleted(user.id, at: now)
            try demandNoHold(user, in: &tx)
            // Whoever took a change back has ended it, to keep out who sent this.
            guard try tx.session(withDigest: caller.session.digest) != nil else {
                throw Failure.refused(FreshSignInRequired())
            }
            let ended = try tx.deleteSessions(of: user.id, except: nil)
            try tx.record(
                AuditEvent(
                    .deleted, by: .user, on: user, session: caller.session.id, detail: ["ended": String(ended)],
                    from: origin, at: now))
            try tx.voidTokens(of: user.id, for: [.reset, .changeEmail, .confirm], at: now)
            try tx.notify(.accountDeleted, to: user, about: .deleted, from: origin, at: now)
        }
    }
}
