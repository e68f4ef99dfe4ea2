package import Crypto

/// What a person changes his password with.
package struct PasswordChange: Sendable {
    package let current: Secret
    package let new: Secret

    package init(current: Secret, new: Secret) {
        self.current = current
        self.new = new
    }
}

extension Users {
    package typealias PasswordChangeStore = AuditLog & BudgetStore & Outbox & PasswordStore & SessionStore
        & TokenStore & Transactional & UserStore & ~Copyable

    /// Replaces one's own password and ends all other sessions (security W8). Devices and networks that the account
    /// knew are strangers afterwards. Returns the user as he is now.
    @discardableResult
    package func changePassword<Store: PasswordChangeStore>(
        _ change: PasswordChange, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let user = caller.user
        let complaints = try passwords.policy.complaints(
            about: change.new, field: "new_password", context: user.contextWords)
        guard complaints.isEmpty, let new = PasswordPolicy.normalized(change.new) else {
            throw .refused(InvalidInput(complaints))
        }
        let spendings = budgets.spendings(forPasswordChangeOf: user.id)
        try budgets.admit(spendings, from: origin, in: &store)
        let current = try passwords.confirm(
            change.current, of: user, otherwise: .passwordChangeFailed, budgets: budgets, clock: clock, from: origin,
            in: &store)
        if let old = PasswordPolicy.normalized(change.current), old.equals(new) {
            throw .refused(InvalidInput("new_password", "same_password"))
        }
        let digest = try passwords.digest(new: new)
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            try tx.notePasswordChange(of: user.id, at: now)
            guard try tx.replacePassword(of: user.id, current: current, with: digest, at: now) else {
                // Somebody changed it between the confirmation and now.
                throw Failure.refused(WrongCurrentPassword())
            }
            let ended = try tx.deleteSessions(of: user.id, except: caller.session.id)
            try tx.record(
                AuditEvent(
                    .passwordChanged, by: .user, on: user, session: caller.session.id,
                    detail: ["ended": String(ended)], from: origin, at: now))
            // Links that are under way were asked for by who knew the former password.
            try tx.voidTokens(of: user.id, for: [.reset, .changeEmail, .confirm], at: now)
            try tx.notify(.passwordChanged, to: user, about: .passwordChanged, from: origin, at: now)
        }
        var changed = user
        changed.passwordChangedAt = now
        return changed
    }
}
