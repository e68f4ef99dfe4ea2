package import Crypto

extension Users {
    package typealias ResendStore = AuditLog & BudgetStore & Outbox & RegistrationStore & TokenStore & Transactional
        & UserStore & ~Copyable

    /// Mails a new link to an address that waits to be proved; the older ones of the same registration end.
    ///
    /// - Parameter browser: which registration is meant, where the browser knows. Nobody is told whether there is one.
    package func resendVerification<Store: ResendStore>(
        to typed: String, browser: Digest?, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        guard let email = EmailAddress(typed) else { throw .refused(InvalidInput("email", "invalid_email")) }
        let spendings = budgets.spendings(forMailTo: email, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let now = clock.now()
        let identifier = budgets.name("identifier", Array(typed.utf8))
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            let holder = try tx.holder(of: email, at: now)
            let waiting = try tx.registration(for: email, preferring: browser, at: now)
            let (token, mail) = answer(to: email, holder, waiting, at: now)
            try tx.voidTokens(of: token.subject, for: [.verify], at: now)
            try tx.insert(token)
            try tx.enqueue(mail)
            try tx.record(
                AuditEvent(
                    .registrationResent, by: .anonymous, on: holder.user, identifier: identifier, from: origin, at: now)
            )
        }
    }

    /// The token that is stored and the mail that is queued: for the one who waits, else for nobody.
    private func answer(
        to email: EmailAddress, _ holder: AddressHolder, _ waiting: Registration?, at now: Instant
    ) -> (token: OneTimeToken, mail: Mail) {
        let expiry = now + tokens.verification
        if let user = holder.user, user.isActive, !user.isVerified {
            return requestProof(for: user.id, of: user.id, at: user.email, until: expiry, now: now)
        }
        if holder.isNobody, registration != .closed, let waiting {
            // The row of the registration does not outlive its first link.
            return requestProof(for: waiting.id, at: waiting.email, until: min(expiry, waiting.expiresAt), now: now)
        }
        let decoy = issue(.verify, for: UserID(at: now), at: email, lasting: tokens.verification, now: now).token
        let reminder = waiting == nil ? nil : holder.reminder(at: email, now: now, until: expiry)
        return (decoy, reminder ?? Mail(nil, to: email, of: nil, at: now, expiry: expiry))
    }
}
