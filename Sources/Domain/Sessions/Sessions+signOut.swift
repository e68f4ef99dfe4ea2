/// Which sessions a sign-out ends.
package enum SignOutScope: String, Sendable, CaseIterable {
    /// This one.
    case local
    /// All but this one.
    case others
    /// All.
    case global
}

/// No such session among one's own; somebody else's looks the same.
package struct SessionMissing: Refusal {
    package init() {}

    package var code: String { "not_found" }
    package var kind: RefusalKind { .missing }
}

extension Sessions {
    package typealias SignOutStore = AddressStore & AuditLog & SessionStore & TokenStore & Transactional & ~Copyable

    /// Ends sessions at once, on every worker. Who ends others keeps somebody out, who may have begun something.
    package func signOut<Store: SignOutStore>(
        _ caller: Caller, scope: SignOutScope, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            if scope != .local { _ = try tx.lockedUser(withID: caller.user.id) }
            let ended =
                switch scope {
                case .local: try tx.deleteSession(caller.session.id, of: caller.user.id) ? 1 : 0
                case .others: try tx.shutOut(of: caller.user.id, except: caller.session.id, at: now)
                case .global: try tx.shutOut(of: caller.user.id, at: now)
                }
            let event = AuditEvent(
                scope == .others ? .sessionsEnded : .signedOut, by: .user, on: caller.user,
                session: caller.session.id, detail: ["scope": scope.rawValue, "ended": String(ended)], from: origin,
                at: now)
            try tx.record(event)
        }
    }

    /// Ends one of one's own sessions.
    package func end<Store: SignOutStore>(
        _ id: SessionID, of caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            _ = try tx.lockedUser(withID: caller.user.id)
            guard try tx.deleteSession(id, of: caller.user.id) else { throw Failure.refused(SessionMissing()) }
            if id != caller.session.id { try tx.voidTokens(of: caller.user.id, for: .begunInSessions, at: now) }
            try tx.record(AuditEvent(.sessionEnded, by: .user, on: caller.user, session: id, from: origin, at: now))
        }
    }

    /// One's own live sessions, the newest first.
    package func list<Store: SessionStore & ~Copyable>(
        of caller: Caller, in store: inout Store
    ) throws(Failure) -> [Session] where Store: ~Copyable {
        try store.sessions(of: caller.user.id, at: clock.now())
    }
}

extension SessionStore where Self: TokenStore & ~Copyable {
    /// Ends sessions to keep somebody out, and what he has begun in them; tells how many.
    ///
    /// The row of the user is locked before: then nothing that he begins meanwhile comes after it.
    mutating func shutOut(of user: UserID, except kept: SessionID? = nil, at now: Instant) throws(Failure) -> Int {
        try voidTokens(of: user, for: .begunInSessions, at: now)
        return try deleteSessions(of: user, except: kept)
    }
}

extension [TokenPurpose] {
    /// Who is signed in asked for them; a link for a new address comes to a mailbox that need not be the account's.
    fileprivate static var begunInSessions: [TokenPurpose] { [.changeEmail, .confirm] }
}
