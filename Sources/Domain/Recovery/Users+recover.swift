package import Crypto

extension Users {
    package typealias RecoveryStore = AuditLog & BudgetStore & Outbox & TokenStore & Transactional & UserStore
        & ~Copyable

    /// Mails a link that sets a new password to whoever has an account under the address.
    ///
    /// Nobody is told whether there is one (security N3): for an unknown address, and for one whose account is disabled or
    /// deleted, the same statements are made, with a mail to nobody.
    package func beginRecovery<Store: RecoveryStore>(
        of address: String, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        guard let email = EmailAddress(address) else { throw .refused(InvalidInput("email", "invalid_email")) }
        let spendings = budgets.spendings(forMailTo: email, asking: .recovery, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let typed = budgets.name("identifier", Array(address.utf8))
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            let found = try tx.user(withEmail: email)
            let user = found?.isActive == true ? found : nil
            try mailRecovery(to: user, otherwise: email, from: origin, at: now, in: &tx)
            try tx.record(
                AuditEvent(.recoveryBegun, by: .anonymous, on: found, identifier: typed, from: origin, at: now))
        }
    }

    /// Queues a fresh link to the address that is stored, not to what somebody typed; older links are void. Without a user,
    /// the same with a token that nobody knows. Inside of the act's transaction.
    ///
    /// - Parameter isDropped: whether the act made the password worth nothing, which the mail then says.
    func mailRecovery<Store: Outbox & TokenStore & ~Copyable>(
        to user: User?, otherwise email: EmailAddress, isDropped: Bool = false, from origin: Origin, at now: Instant,
        in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let recipient = user?.email ?? email
        let (token, secret) = issue(
            .reset, for: user?.id ?? UserID(at: now), at: recipient, lasting: tokens.recovery, now: now)
        try store.voidTokens(of: token.subject, for: [.reset], at: now)
        try store.insert(token)
        var values = Mail.circumstances(of: origin, at: now)
        // Anybody can have this mail sent, and would have it say what he likes.
        values["agent"] = nil
        if isDropped { values["dropped"] = "1" }
        values["recovery_token"] = (user == nil ? OneTimeSecret.random() : secret).reveal()
        values["minutes"] = String(tokens.recovery.components.seconds / 60)
        try store.enqueue(
            Mail(
                user == nil ? nil : .recovery, to: recipient, of: user?.id, values: values, at: now,
                expiry: token.expiresAt))
    }

    /// Whether a link would set a new password; nothing is used up.
    package func verifyRecovery<Store: TokenStore & UserStore & ~Copyable>(
        _ text: Secret, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        _ = try recovery(by: text, in: &store)
    }

    /// The live token of a link and whom it is about: the token alone says it (security E4).
    func recovery<Store: TokenStore & UserStore & ~Copyable>(
        by text: Secret, in store: inout Store
    ) throws(Failure) -> (token: OneTimeToken, user: User) where Store: ~Copyable {
        let token = try token(text, for: .reset, in: &store)
        guard let user = try store.user(withID: token.subject), token.recovers(user) else {
            throw .refused(LinkRefused.invalid)
        }
        return (token, user)
    }
}

extension OneTimeToken {
    /// A link is worth nothing once its mailbox is not the account's any more.
    func recovers(_ user: User) -> Bool { user.isActive && user.email == email }
}
