package import Crypto

/// What following a verification link came to.
package enum Verification: Sendable {
    /// The account has begun.
    case registered(OpenedSession)
    /// The address of an account is proved. Whoever chose a new password has no session any more.
    case proved(User, isSignedIn: Bool)
}

extension Users {
    package typealias VerifyStore = AuditLog & BudgetStore & NetworkStore & Outbox & PasswordStore & RegistrationStore
        & SessionStore
        & TokenStore & Transactional & UserStore & ~Copyable

    /// Whom the link is about and what a visitor needs beside it, or why it is worth nothing. Changes nothing, because programs that look for
    /// viruses follow links (security C1).
    package func proofNeeded<Store: VerifyStore>(
        beside link: Secret, by visitor: LinkVisitor, in store: inout Store
    ) throws(Failure) -> (subject: LinkSubject, proof: ProofNeeded) where Store: ~Copyable {
        let applicant = try applicant(with: link, in: &store).applicant
        return (applicant.subject, applicant.proofNeeded(by: visitor))
    }

    /// Proves an address (decisions 27): by the link, and by the browser or the password that began it. Without either, by
    /// a new password, and then nothing stays of what others may have begun under the address (security O11).
    package func verify<Store: VerifyStore>(
        _ form: VerificationForm, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Verification where Store: ~Copyable {
        let (token, applicant) = try applicant(with: form.link, in: &store)
        let proof = try proof(in: form, of: applicant, token, from: origin, in: &store)
        switch applicant {
        case .registration(let registration):
            let opened = try promote(registration, token, proof, form.wish, from: origin, in: &store)
            return .registered(opened)
        case .user(let user):
            let session: SessionID? = if case .browser = proof { form.visitor.caller?.session.id } else { nil }
            let proved = try prove(user, token, proof, session, from: origin, in: &store)
            return .proved(proved, isSignedIn: session != nil)
        }
    }

    /// Whom a live link is about. The link alone says it, nothing that is typed does (security E4).
    private func applicant<Store: VerifyStore>(
        with link: Secret, in store: inout Store
    ) throws(Failure) -> (token: OneTimeToken, applicant: Applicant) where Store: ~Copyable {
        let token = try token(link, for: .verify, in: &store)
        let now = clock.now()
        if let waiting = try store.registration(withID: token.subject), now < waiting.expiresAt {
            guard registration != .closed else { throw .refused(RegistrationDisabled()) }
            // Who was faster has the address.
            guard try store.holder(of: waiting.email, at: now).isNobody else { throw .refused(LinkRefused.invalid) }
            return (token, .registration(waiting))
        }
        guard let user = try store.user(withID: token.subject), user.isActive, !user.isVerified,
            user.email == token.email
        else { throw .refused(LinkRefused.invalid) }
        return (token, .user(user))
    }

    private func proof<Store: VerifyStore>(
        in form: VerificationForm, of applicant: Applicant, _ token: OneTimeToken, from origin: Origin,
        in store: inout Store
    ) throws(Failure) -> LinkProof where Store: ~Copyable {
        if let new = form.newPassword {
            let complaints = try passwords.policy.complaints(
                about: new, field: "new_password", context: applicant.context)
            guard complaints.isEmpty, let new = PasswordPolicy.normalized(new) else {
                throw .refused(InvalidInput(complaints))
            }
            return .newPassword(try passwords.digest(new: new))
        }
        return try proof(
            by: form.password, of: applicant, form.visitor, token, otherwise: .verificationFailed, from: origin,
            in: &store)
    }

    /// Whether the visitor has the account: his browser shows it, or the password.
    ///
    /// - Parameter failure: how a wrong password is recorded.
    func proof<Store: VerifyStore>(
        by password: Secret?, of applicant: Applicant, _ visitor: LinkVisitor, _ token: OneTimeToken,
        otherwise failure: AuditEventKind, from origin: Origin, in store: inout Store
    ) throws(Failure) -> LinkProof where Store: ~Copyable {
        if applicant.proofNeeded(by: visitor) == .browser { return .browser }
        guard let password else { throw .refused(ProofRequired()) }
        return .password(
            try confirm(password, of: applicant, token, otherwise: failure, from: origin, in: &store))
    }

    /// Tries a password; counts like a sign-in. A right one is counted with the act that follows.
    private func confirm<Store: VerifyStore>(
        _ typed: Secret, of applicant: Applicant, _ token: OneTimeToken, otherwise failure: AuditEventKind,
        from origin: Origin, in store: inout Store
    ) throws(Failure) -> [Spending] where Store: ~Copyable {
        guard let password = PasswordPolicy.normalized(typed) else { throw .refused(WrongPassword()) }
        let candidate: SignInCandidate
        switch applicant {
        case .registration(let waiting):
            candidate = SignInCandidate(user: nil, parameters: try store.passwordParameters(ofRegistration: waiting.id))
        case .user(let user):
            candidate = try store.candidate(withID: user.id, from: budgets.networkName(of: origin))
        }
        // Not by the address: who has not read the mail cannot use up the tries of who has.
        let spendings = budgets.spendings(
            forPasswordOf: candidate, named: applicant.id.description, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let digest = try passwords.digest(given: password, with: candidate.parameters)
        if try store.password(of: candidate.parameters == nil ? nil : applicant.id, matches: digest) {
            return spendings
        }
        let identifier = budgets.name("identifier", Array(token.email.text.utf8))
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            try tx.record(
                AuditEvent(
                    failure, by: .anonymous, on: applicant.user, identifier: identifier, from: origin,
                    at: clock.now()))
        }
        throw .refused(WrongPassword())
    }
}
