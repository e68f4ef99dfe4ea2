internal import Crypto

/// A registration that waits for its proof.
package struct BegunRegistration: Sendable {
    /// What the browser keeps, so that it needs no password when the link comes.
    package let browser: OneTimeSecret
    package let lifetime: Duration
}

extension Users {
    package typealias BeginStore = AuditLog & BudgetStore & Outbox & RegistrationStore & TokenStore & Transactional
        & UserStore & ~Copyable

    /// Takes down who wants an account and mails the link that proves the address: registration mode `verified`.
    ///
    /// Whether the address is somebody's already is told to its mailbox and to nobody else: the rows, the statements and the
    /// answer are the same, and only one secret is thrown away that nobody has seen (security N3).
    package func beginRegistration<Store: BeginStore>(
        _ form: RegistrationForm, from origin: Origin, in store: inout Store
    ) throws(Failure) -> BegunRegistration where Store: ~Copyable {
        guard registration == .verified else { throw .refused(RegistrationDisabled()) }
        // Before the password is judged, which takes milliseconds.
        let typed = EmailAddress(form.email)
        let asking = budgets.spendings(forRegistrationOf: typed?.key ?? "", from: origin)
        let mailing = typed.map { budgets.spendings(forMailTo: $0, from: origin) } ?? []
        try budgets.admit(asking + mailing, from: origin, in: &store)
        let accepted = try accept(form)
        if let username = accepted.username, try store.isClaimed(username) {
            // Names are public, addresses are not. Even that is told only when asking was counted.
            try budgets.spend(asking, in: &store)
            throw .refused(NameTaken.username)
        }
        let password = try passwords.digest(new: accepted.password)  // slow on purpose, hence before the transaction

        let now = clock.now()
        let browser = OneTimeSecret.random()
        let registration = Registration(
            id: UserID(at: now), email: accepted.email, username: accepted.username, name: accepted.name,
            browser: browser.digest, erasureSalt: Random.bytes(16), createdAt: now,
            expiresAt: now + tokens.verification)
        let proof = requestProof(
            for: registration.id, at: accepted.email, until: registration.expiresAt, now: now)
        let identifier = budgets.name("identifier", Array(form.email.utf8))
        try store.atomically { tx throws(Failure) in
            try budgets.spend(asking + mailing, in: &tx)
            let holder = try tx.holder(of: accepted.email, at: now)
            try tx.insert(registration, password)
            try tx.insert(proof.token)
            try tx.enqueue(holder.reminder(at: accepted.email, now: now, until: registration.expiresAt) ?? proof.mail)
            try tx.record(
                AuditEvent(
                    .registrationBegun, by: .anonymous, on: holder.user, identifier: identifier, from: origin, at: now))
        }
        return BegunRegistration(browser: browser, lifetime: tokens.verification)
    }

    /// A token that proves an address, and the mail with its link.
    func requestProof(
        for subject: UserID, of user: UserID? = nil, at email: EmailAddress, until expiry: Instant, now: Instant
    ) -> (token: OneTimeToken, mail: Mail) {
        let lifetime = expiry - now
        let (token, secret) = issue(.verify, for: subject, at: email, lasting: lifetime, now: now)
        let hours = (lifetime.microseconds + Duration.hours(1).microseconds - 1) / Duration.hours(1).microseconds
        let mail = Mail(
            .verification, to: email, of: user,
            values: ["verification_token": secret.reveal(), "hours": String(hours)], at: now, expiry: expiry)
        return (token, mail)
    }
}

/// Who stands in the way of a registration for an address.
struct AddressHolder {
    let user: User?
    /// A former owner can still take a change of his address back.
    let isKept: Bool

    var isNobody: Bool { user == nil && !isKept }

    /// What the mailbox is told instead of a link; nil when the address is free. Who cannot sign in is told nothing of it.
    func reminder(at email: EmailAddress, now: Instant, until expiry: Instant) -> Mail? {
        if isNobody { return nil }
        let kind: MailKind? = user?.isActive == false ? nil : .alreadyRegistered
        return Mail(kind, to: user?.email ?? email, of: user?.id, at: now, expiry: expiry)
    }
}

extension UserStore where Self: TokenStore & ~Copyable {
    /// The same two statements whatever they find.
    mutating func holder(of email: EmailAddress, at now: Instant) throws(Failure) -> AddressHolder {
        let user = try user(withEmail: email)
        return AddressHolder(user: user, isKept: try hasLiveToken(for: email, .undoEmail, at: now))
    }
}
