package import Crypto

/// How a signed-in person can prove now who he is, and what he has proved already.
package struct ConfirmationOffer: Sendable, Equatable {
    package enum Method: String, Sendable {
        case password
        case code = "email_code"
    }

    package let methods: [Method]
    /// Nil when the session is not fresh.
    package let freshUntil: Instant?
}

/// What a person proves with who he is.
package enum IdentityProof: Sendable {
    case password(Secret)
    /// The code that was mailed.
    case code(Secret)
}

/// Not the code, not of this session, used, or too old: one answer.
package struct WrongCode: Refusal {
    package var code: String { "invalid_code" }
    package var kind: RefusalKind { .invalid }
    package var complaints: [Complaint] { [Complaint("code", code)] }
}

/// A code goes to no address that nobody has proved to be his.
struct AddressUnproved: Refusal {
    var code: String { "email_not_verified" }
    var kind: RefusalKind { .forbidden }
}

extension Sessions {
    package typealias ConfirmStore = AuditLog & BudgetStore & PasswordStore & SessionStore & TokenStore & Transactional
        & ~Copyable

    package typealias CodeStore = AuditLog & BudgetStore & Outbox & TokenStore & Transactional & ~Copyable

    /// The ways that are open to the caller.
    package func confirmationOffer<Store: PasswordStore & ~Copyable>(
        for caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) -> ConfirmationOffer where Store: ~Copyable {
        let candidate = try store.candidate(withID: caller.user.id, from: budgets.networkName(of: origin))
        var methods: [ConfirmationOffer.Method] = []
        if candidate.parameters != nil { methods.append(.password) }
        if caller.user.isVerified, sendsMail { methods.append(.code) }
        let end = Freshness.weak.end(of: caller.session)
        return ConfirmationOffer(methods: methods, freshUntil: clock.now() <= end ? end : nil)
    }

    /// Makes a session fresh. Tries of a code are counted like tries of the password: no stolen session guesses either.
    package func confirm<Store: ConfirmStore>(
        _ proof: IdentityProof, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        switch proof {
        case .password(let password):
            _ = try passwords.confirm(
                password, of: caller.user, otherwise: .confirmationFailed, budgets: budgets, clock: clock, from: origin,
                in: &store)
            let now = clock.now()
            try store.atomically { tx throws(Failure) in
                // It may have been ended meanwhile, by who changed the password.
                guard try tx.noteAuthentication(in: caller.session.id, at: now) else {
                    throw Failure.refused(FreshSignInRequired())
                }
                try tx.record(confirmed("pwd", caller, from: origin, at: now))
            }
        case .code(let code):
            try confirm(code: code, of: caller, from: origin, in: &store)
        }
    }

    /// Mails a code that proves in this session, and in no other, who is there.
    package func sendCode<Store: CodeStore>(
        to caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let user = caller.user
        guard user.isVerified else { throw .refused(AddressUnproved()) }
        let spendings = budgets.spendings(forCodeTo: user.id, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let code = Random.digits(Self.codeLength)
        let now = clock.now()
        let token = OneTimeToken(
            digest: digest(of: Array(code.utf8), in: caller.session), purpose: .confirm, subject: user.id,
            email: user.email, createdAt: now, expiresAt: now + TokenTerms.code)
        try store.atomically { tx throws(Failure) in
            try budgets.spend(spendings, in: &tx)
            try tx.voidTokens(of: user.id, for: [.confirm], at: now)
            try tx.insert(token)
            try tx.enqueue(
                Mail(
                    .confirmationCode, to: user.email, of: user.id, values: ["code": code], at: now,
                    expiry: token.expiresAt))
            try tx.record(
                AuditEvent(.codeSent, by: .user, on: user, session: caller.session.id, from: origin, at: now))
        }
    }

    private static let codeLength = 8

    /// A MAC: whoever reads the table could try all codes against a plain hash. With the session in it, a code that one
    /// browser asked for is worth nothing in another.
    private func digest(of code: [UInt8], in session: Session) -> Digest {
        budgets.name("confirm/code", session.id.bytes, code)
    }

    private func confirm<Store: ConfirmStore>(
        code: Secret, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let user = caller.user
        // People copy the spaces that they see.
        var typed = Array(code.reveal().utf8.filter { $0 != UInt8(ascii: " ") })
        defer { wipe(&typed) }
        guard typed.count == Self.codeLength, typed.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .refused(WrongCode())
        }
        let candidate = try store.candidate(withID: user.id, from: budgets.networkName(of: origin))
        let spendings = budgets.spendings(forPasswordOf: candidate, named: user.email.key, from: origin)
        try budgets.admit(spendings, from: origin, in: &store)
        let token = try store.token(withDigest: digest(of: typed, in: caller.session), for: .confirm)
        let now = clock.now()
        let isConfirmed = try store.atomically { tx throws(Failure) -> Bool in
            try budgets.spend(spendings, in: &tx)
            guard let token, token.subject == user.id, try tx.use(token, at: now),
                try tx.noteConfirmation(in: caller.session.id, at: now)
            else {
                try tx.record(
                    AuditEvent(
                        .confirmationFailed, by: .user, on: user, session: caller.session.id, from: origin, at: now))
                return false
            }
            try tx.record(confirmed("code", caller, from: origin, at: now))
            return true
        }
        guard isConfirmed else { throw .refused(WrongCode()) }
    }

    private func confirmed(_ way: String, _ caller: Caller, from origin: Origin, at now: Instant) -> AuditEvent {
        AuditEvent(
            .confirmed, by: .user, on: caller.user, session: caller.session.id, detail: ["by": way], from: origin,
            at: now)
    }
}
