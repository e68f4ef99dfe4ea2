package import Crypto

/// What a person signs in with.
package struct SignInForm: Sendable {
    package let identifier: String
    package let password: Secret
    package let wish: SessionWish

    package init(identifier: String, password: Secret, wish: SessionWish) {
        self.identifier = identifier
        self.password = password
        self.wish = wish
    }
}

/// Nobody there, wrong password, disabled, deleted: one answer (decisions 28).
package struct AuthenticationFailed: Refusal {
    package var code: String { "authentication_failed" }
    package var kind: RefusalKind { .unauthenticated }
    package var field: String? { "username" }
}

/// The password is right, and the address has to be proved first (decisions 28).
package struct EmailNotVerified: Refusal {
    package var code: String { "email_not_verified" }
    package var kind: RefusalKind { .forbidden }
}

extension Sessions {
    package typealias SignInStore = AuditLog & BudgetStore & NetworkStore & Outbox & PasswordStore & SessionStore
        & TokenStore & Transactional & UserStore & ~Copyable

    /// Opens a session for whoever knows an account's password.
    ///
    /// Every failure takes the same statements and one Argon2id computation. What comes of the try is committed together
    /// with its spending, and told afterwards: one durable commit. Only then is a password made anew that is stored under
    /// an older cost or pepper, so that the time of a second computation tells nobody an outcome that was not counted.
    package func signIn<Store: SignInStore>(
        _ form: SignInForm, from origin: Origin, in store: inout Store
    ) throws(Failure) -> OpenedSession where Store: ~Copyable {
        guard let password = PasswordPolicy.normalized(form.password) else {
            throw .refused(InvalidInput("password", "not_text"))
        }
        let identifier = SignInIdentifier(form.identifier)
        let typed = budgets.name("identifier", Array(form.identifier.utf8))
        let key = identifier.key.isEmpty ? Hex.encode(typed.bytes) : identifier.key
        let network = budgets.networkName(of: origin)
        let candidate = try store.candidate(for: identifier, from: network)
        let spendings = budgets.spendings(forPasswordOf: candidate, named: key, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)

        let digest = try passwords.digest(given: password, with: candidate.parameters)
        let known = candidate.parameters == nil ? nil : candidate.user
        let matches = try store.password(of: known?.id, matches: digest)
        let proved = matches && known?.isActive == true ? known : nil
        let isUnverified = requiresVerified && proved?.isVerified == false
        let now = clock.now()
        let opened = try store.atomically { tx throws(Failure) -> OpenedSession? in
            try budgets.spend(spendings, in: &tx)
            // The row of the user is what a change of the password waits for.
            guard let user = proved, !isUnverified, try tx.noteSignIn(of: user, at: now) else {
                let event = AuditEvent(
                    .signInFailed, by: .anonymous, on: candidate.user, identifier: typed,
                    detail: isUnverified ? ["reason": EmailNotVerified().code] : [:], from: origin, at: now)
                try tx.record(event)
                return nil
            }
            if !candidate.knowsNetwork(since: now - Self.networkInterval) {
                try tx.noteNetwork(network, of: user.id, at: now)
                try tx.forgetNetworks(of: user.id, before: now - Acquaintance.memory)
            }
            let opened = terms.open(for: user, form.wish, methods: ["pwd"], from: origin, at: now)
            let ended = try tx.begin(opened, form.wish, beside: candidate.sessions)
            try tx.record(
                AuditEvent(
                    .signedIn, by: .user, on: user, session: opened.session.id,
                    detail: ended == 0 ? [:] : ["ended": String(ended)], from: origin, at: now))
            // Who has never signed in before knows that this is new.
            if user.lastSignInAt != nil, candidate.acquaintance(from: origin, at: now) == .stranger {
                try tx.notify(.newDevice, to: user, about: .signedIn, from: origin, at: now)
            }
            return opened
        }
        if isUnverified { throw .refused(EmailNotVerified()) }
        guard let opened else { throw .refused(AuthenticationFailed()) }
        if let parameters = candidate.parameters, passwords.isOutdated(parameters) {
            // The sign-in stands whatever comes of it; the next one tries again.
            try? renew(password, stored: digest, of: opened.user, from: origin, in: &store)
        }
        return opened
    }

    /// A sign-in from a network is written down at most this often.
    private static let networkInterval = Duration.days(1)

    /// Hashes and stores a password anew whose cost or pepper changed since it was stored (security W9).
    private func renew<Store: SignInStore>(
        _ password: Secret, stored current: Digest, of user: User, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let renewed = try passwords.digest(new: password)
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            // False when it was changed, or another worker renewed it, a moment ago: then that one stands.
            guard try tx.replacePassword(of: user.id, current: current, with: renewed, at: now) else { return }
            try tx.record(AuditEvent(.passwordRehashed, by: .user, on: user, from: origin, at: now))
        }
    }
}
