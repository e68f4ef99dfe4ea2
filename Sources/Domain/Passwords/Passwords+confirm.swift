internal import Crypto

/// The current password was asked for and is not this.
package struct WrongCurrentPassword: Refusal {
    package var code: String { "invalid_password" }
    package var kind: RefusalKind { .invalid }
    package var complaints: [Complaint] { [Complaint("current_password", code)] }
}

extension Passwords {
    package typealias ConfirmStore = AuditLog & BudgetStore & PasswordStore & Transactional & ~Copyable

    /// Makes a signed-in person prove who he is; counts like a sign-in (security B8).
    ///
    /// Returns the stored value, which the database demands for a change.
    func confirm<Store: ConfirmStore>(
        _ password: Secret, of user: User, otherwise failure: AuditEventKind, budgets: Budgets, clock: any Clock,
        from origin: Origin, in store: inout Store
    ) throws(Failure) -> Digest where Store: ~Copyable {
        guard let password = PasswordPolicy.normalized(password) else { throw .refused(WrongCurrentPassword()) }
        let candidate = try store.candidate(withID: user.id, from: budgets.networkName(of: origin))
        let spendings = budgets.spendings(forPasswordOf: candidate, named: user.email.key, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let digest = try digest(given: password, with: candidate.parameters)
        let isRight = try store.password(of: candidate.parameters == nil ? nil : user.id, matches: digest)
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            if !isRight { try tx.record(AuditEvent(failure, by: .user, on: user, from: origin, at: clock.now())) }
        }
        guard isRight else { throw .refused(WrongCurrentPassword()) }
        return digest
    }
}
