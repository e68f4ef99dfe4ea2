package import Crypto

/// The address that a person wants, and his password where the session does not prove who he is.
package struct EmailChange: Sendable {
    package let email: String
    package let currentPassword: Secret?

    package init(email: String, currentPassword: Secret?) {
        self.email = email
        self.currentPassword = currentPassword
    }
}

/// The link of a new address, and what shows that whoever brings it has the account.
package struct EmailConfirmation: Sendable {
    package let link: Secret
    /// The account's, where the browser has no session of it.
    package let password: Secret?
    package let caller: Caller?

    package init(link: Secret, password: Secret? = nil, caller: Caller? = nil) {
        self.link = link
        self.password = password
        self.caller = caller
    }
}

/// The address was changed a few days ago, and its former owner can still object (decisions 29).
package struct AccountOnHold: Refusal {
    package var code: String { "account_on_hold" }
    package var kind: RefusalKind { .forbidden }
}

extension Users {
    package typealias EmailChangeStore = AddressStore & AuditLog & BudgetStore & Outbox & PasswordStore & SessionStore
        & TokenStore & Transactional & UserStore & ~Copyable

    package typealias EmailConfirmationStore = AddressStore & Outbox & VerifyStore & ~Copyable

    /// Mails a link to the address that a person wants. Nothing changes until somebody who reads it confirms (security E6);
    /// whether the address is another account's, only its mailbox is told.
    package func beginEmailChange<Store: EmailChangeStore>(
        _ change: EmailChange, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        guard let email = EmailAddress(change.email) else { throw .refused(InvalidInput("email", "invalid_email")) }
        guard email != caller.user.email else { throw .refused(InvalidInput("email", "same_email")) }
        let spendings = budgets.spendings(forMailTo: email, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        if let password = change.currentPassword {
            _ = try passwords.confirm(
                password, of: caller.user, otherwise: .confirmationFailed, budgets: budgets, clock: clock, from: origin,
                in: &store)
        } else {
            // A code does not do: it came to the very address that is to be replaced.
            try Freshness.strong.demand(of: caller.session, at: clock.now())
        }
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            let user = try present(caller, in: &tx)
            guard email != user.email else { throw Failure.refused(InvalidInput("email", "same_email")) }
            try demandNoHold(user, in: &tx)
            let owner = try tx.user(withEmail: email)
            let isKept = try tx.hasLiveToken(for: email, .undoEmail, at: now)
            let (token, secret) = issue(
                .changeEmail, for: user.id, at: email, lasting: TokenTerms.emailChange, now: now)
            try tx.voidTokens(of: user.id, for: [.changeEmail], at: now)
            try tx.insert(token)
            try tx.enqueue(invitation(to: email, of: user, owner: owner, isKept: isKept, token, secret))
            try tx.record(
                AuditEvent(
                    .emailChangeBegun, by: .user, on: user, session: caller.session.id, from: origin, at: now))
        }
    }

    /// What a link would confirm, and what it needs beside it; uses nothing up.
    package func emailChange<Store: TokenStore & UserStore & ~Copyable>(
        _ secret: Secret, by caller: Caller?, in store: inout Store
    ) throws(Failure) -> (email: EmailAddress, proof: ProofNeeded) where Store: ~Copyable {
        let (token, applicant) = try mover(with: secret, in: &store)
        return (token.email, applicant.proofNeeded(by: LinkVisitor(caller: caller)))
    }

    /// Makes the address of the link the one of the account that the link was made for; neither comes from anywhere else.
    /// Who owned the former address is told, and can take it back where it had been his for a while.
    ///
    /// The link shows who reads the mailbox, a session or the password whose account it is. One alone would make an account
    /// that a stranger knows the password of look like one of the mailbox's owner (security O11).
    @discardableResult
    package func confirmEmailChange<Store: EmailConfirmationStore>(
        _ form: EmailConfirmation, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let (token, applicant) = try mover(with: form.link, in: &store)
        let proof = try proof(
            by: form.password, of: applicant, LinkVisitor(caller: form.caller), token, otherwise: .confirmationFailed,
            from: origin, in: &store)
        let session: SessionID? = if case .browser = proof { form.caller?.session.id } else { nil }
        let now = clock.now()
        return try store.atomically { tx throws(Failure) in
            try budgets.spend(proof.spendings, in: &tx)
            guard let former = try tx.lockedUser(withID: token.subject), former.isActive, try tx.use(token, at: now)
            else { throw Failure.refused(LinkRefused.invalid) }
            try demandNoHold(former, in: &tx)
            guard try tx.setEmail(token.email, of: former.id, verifiedAt: now, at: now),
                try !tx.hasLiveToken(for: token.email, .undoEmail, at: now)
            else { throw Failure.refused(NameTaken.email) }
            try tx.voidTokens(of: former.id, for: [.changeEmail, .reset, .verify, .confirm], at: now)
            var values: [String: String] = [:]
            if let verifiedAt = former.emailVerifiedAt, now - verifiedAt >= Users.settled {
                let (undo, secret) = issue(
                    .undoEmail, for: former.id, at: former.email, lasting: TokenTerms.emailUndo, now: now,
                    about: .emailChanged)
                try tx.insert(undo)
                values["undo_token"] = secret.reveal()
            }
            try tx.enqueue(.notice(.emailChanged, to: former, about: origin, at: now, adding: values))
            try tx.record(
                AuditEvent(
                    .emailChanged, by: .user, on: former, session: session, detail: ["proof": proof.name], from: origin,
                    at: now))
            var user = former
            user.email = token.email
            user.emailVerifiedAt = now
            return user
        }
    }

    /// Whose address a live link changes: the link alone says it (security E4).
    private func mover<Store: TokenStore & UserStore & ~Copyable>(
        with link: Secret, in store: inout Store
    ) throws(Failure) -> (token: OneTimeToken, applicant: Applicant) where Store: ~Copyable {
        let token = try token(link, for: .changeEmail, in: &store)
        guard let user = try store.user(withID: token.subject), user.isActive else {
            throw .refused(LinkRefused.invalid)
        }
        return (token, .user(user))
    }

    /// How long somebody must have had an address to take it back: who had it for a day may have been the thief.
    static let settled = Duration.days(7)

    /// While the former owner of the address can object, nothing happens that he could not undo.
    func demandNoHold<Store: TokenStore & ~Copyable>(
        _ user: User, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        if try store.hasLiveToken(of: user.id, .undoEmail, at: clock.now()) { throw .refused(AccountOnHold()) }
    }

    /// The caller as he is now, if his session has not been ended meanwhile: what ends sessions to keep somebody out also
    /// makes void the links that he asked for, and none may come after it.
    private func present<Store: EmailChangeStore>(
        _ caller: Caller, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        guard let user = try store.lockedUser(withID: caller.user.id), user.isActive,
            try store.session(withDigest: caller.session.digest) != nil
        else { throw .refused(FreshSignInRequired()) }
        return user
    }

    /// The mail to the wanted address. Where it is somebody's, or kept for somebody, the secret stays with nobody.
    private func invitation(
        to email: EmailAddress, of user: User, owner: User?, isKept: Bool, _ token: OneTimeToken,
        _ secret: OneTimeSecret
    ) -> Mail {
        let isTaken = owner != nil || isKept
        return Mail(
            isTaken ? .emailTaken : .emailConfirmation, to: owner?.email ?? email, of: isTaken ? owner?.id : user.id,
            values: isTaken ? [:] : ["email_token": secret.reveal(), "hours": "24"], at: token.createdAt,
            expiry: token.expiresAt)
    }
}
