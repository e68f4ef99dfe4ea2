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
    package typealias SignOutStore = AuditLog & SessionStore & Transactional & ~Copyable

    /// Ends sessions at once, on every worker.
    package func signOut<Store: SignOutStore>(
        _ caller: Caller, scope: SignOutScope, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            let ended =
                switch scope {
                case .local: try tx.deleteSession(caller.session.id, of: caller.user.id) ? 1 : 0
                case .others: try tx.deleteSessions(of: caller.user.id, except: caller.session.id)
                case .global: try tx.deleteSessions(of: caller.user.id, except: nil)
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
            guard try tx.deleteSession(id, of: caller.user.id) else { throw Failure.refused(SessionMissing()) }
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
