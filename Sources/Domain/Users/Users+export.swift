extension Users {
    package typealias PersonalExportStore = AuditLog & ExportStore & TokenStore & Transactional & ~Copyable

    /// Everything that is stored about oneself; the session has to be fresh (security S7).
    package func exportOwn<Store: PersonalExportStore>(
        _ caller: Caller, from origin: Origin, in store: inout Store
    ) throws(Failure) -> PersonalExport where Store: ~Copyable {
        try Freshness.weak.demand(of: caller.session, at: clock.now())
        try demandNoHold(caller.user, in: &store)
        return try export(caller.user, by: .user, session: caller.session.id, from: origin, in: &store)
    }

    /// Everything that is stored about somebody.
    package func export<Store: PersonalExportStore>(
        _ user: User, by actor: AuditActor, session: SessionID? = nil, from origin: Origin, in store: inout Store
    ) throws(Failure) -> PersonalExport where Store: ~Copyable {
        let now = clock.now()
        return try store.atomically { tx throws(Failure) in
            let sections = try tx.personalSections(of: user)
            try tx.record(AuditEvent(.exported, by: actor, on: user, session: session, from: origin, at: now))
            return PersonalExport(at: now, sections: sections)
        }
    }
}
