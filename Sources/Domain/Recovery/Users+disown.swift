package import Crypto

/// What is done about an event that somebody says he did not cause.
package enum DisownStep: String, Sendable {
    case endSessions = "end_sessions"
    case blockPassword = "block_password"
    case startRecovery = "start_recovery"
    case restoreAccount = "restore_account"
}

/// "This was not me": what it is about, and what it does (decisions 29).
package struct Disowning: Sendable {
    package let event: AuditEventKind
    package let at: Instant
    package let steps: [DisownStep]

    /// Nil when there is nothing to take back: the address has left the account, an operator holds the account, or it was
    /// deleted by another act.
    ///
    /// A deletion is taken back as long as the row of the user stands; when the grace period ends, he is erased.
    init?(_ token: OneTimeToken, of user: User) {
        guard let event = token.event, let at = token.eventAt, user.email == token.email, user.disabledAt == nil,
            user.deletedAt == nil || event == .deleted && user.deletedAt == at
        else { return nil }
        self.event = event
        self.at = at
        let block: [DisownStep] = Self.concernsPassword(event) ? [.blockPassword] : []
        let restore: [DisownStep] = user.deletedAt == nil ? [] : [.restoreAccount]
        steps = [.endSessions] + block + [.startRecovery] + restore
    }

    /// Whether a stranger who did this knew the password, or was signed in.
    private static func concernsPassword(_ event: AuditEventKind) -> Bool {
        switch event {
        case .signedIn, .passwordChanged, .passwordReset, .passwordSetByOperator, .deleted: true
        default: false
        }
    }

    package var blocksPassword: Bool { steps.contains(.blockPassword) }
}

extension Users {
    package typealias DisownStore = AuditLog & NetworkStore & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// What a link "this was not me" would do; does nothing.
    package func disowning<Store: TokenStore & UserStore & ~Copyable>(
        by text: Secret, in store: inout Store
    ) throws(Failure) -> Disowning where Store: ~Copyable {
        let token = try token(text, for: .notMe, in: &store)
        return try disowned(token, in: &store).disowning
    }

    /// Takes an event back, once. Whoever did it is out; its recipient comes in again by the link that is mailed to him.
    @discardableResult
    package func disown<Store: DisownStore>(
        by text: Secret, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Disowning where Store: ~Copyable {
        let token = try token(text, for: .notMe, in: &store)
        let announced = try disowned(token, in: &store).disowning
        let now = clock.now()
        return try store.atomically { tx throws(Failure) in
            // First, as in every act that changes a password; devices and networks are strangers from here on.
            if announced.blocksPassword { try tx.notePasswordChange(of: token.subject, at: now) }
            guard try tx.use(token, at: now) else { throw Failure.refused(LinkRefused.invalid) }
            let (user, disowning) = try disowned(token, in: &tx)
            if disowning.steps.contains(.restoreAccount) { try tx.clearDeletion(of: user.id, at: now) }
            let ended = try lockOut(of: user, disowning, at: now, in: &tx)
            try mailRecovery(
                to: user, otherwise: token.email, isDropped: disowning.blocksPassword, from: origin, at: now, in: &tx)
            let detail = ["event": disowning.event.rawValue, "ended": String(ended)]
            try tx.record(AuditEvent(.disowned, by: .user, on: user, detail: detail, from: origin, at: now))
            return disowning
        }
    }

    private func disowned<Store: UserStore & ~Copyable>(
        _ token: OneTimeToken, in store: inout Store
    ) throws(Failure) -> (user: User, disowning: Disowning) where Store: ~Copyable {
        guard let user = try store.user(withID: token.subject), let disowning = Disowning(token, of: user) else {
            throw .refused(LinkRefused.invalid)
        }
        return (user, disowning)
    }

    /// Ends what a stranger has in his hands; tells how many sessions that were.
    ///
    /// Links that take something back stay: a stranger who has the mailbox must not take them from their owner.
    private func lockOut<Store: DisownStore>(
        of user: User, _ disowning: Disowning, at now: Instant, in tx: inout Store
    ) throws(Failure) -> Int where Store: ~Copyable {
        let purposes: [TokenPurpose] = [.verify, .reset, .changeEmail, .confirm]
        guard disowning.blocksPassword else {
            try tx.voidTokens(of: user.id, for: purposes, since: disowning.at, at: now)
            return try tx.deleteSessions(of: user.id, since: disowning.at)
        }
        // Who knew the password may have signed in before, unnoticed.
        try tx.dropPassword(of: user.id)
        try tx.forgetNetworks(of: user.id, before: now + .microseconds(1))
        try tx.voidTokens(of: user.id, for: purposes, at: now)
        return try tx.deleteSessions(of: user.id, except: nil)
    }
}
