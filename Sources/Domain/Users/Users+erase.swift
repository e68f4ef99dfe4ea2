extension Users {
    package typealias EraserStore = AuditLog & ErasureStore & PasswordStore & RegistrationStore & Transactional
        & UserStore & ~Copyable

    /// Removes everything that tells who somebody was (decisions 34). What stays is his id in the audit log, whose
    /// personal fields nobody can open any more: their key was made with the salt in his row.
    ///
    /// It is written down before it happens, so that a crash in between is made good by doing it again.
    ///
    /// False when the account was deleted, restored or erased since it was read: then nothing happened.
    package func erase<Store: EraserStore>(
        _ user: User, because reason: ErasureReason, by actor: AuditActor, from origin: Origin,
        noting ledger: any ErasureLedger, in store: inout Store
    ) throws(Failure) -> Bool where Store: ~Copyable {
        let now = clock.now()
        // Whoever was restored a moment ago shall not stand in the ledger.
        guard let present = try store.user(withID: user.id), present.deletedAt == user.deletedAt else { return false }
        try ledger.note(Erasure(of: user.id, at: now, because: reason))
        return try remove(user, detail: ["reason": reason.rawValue], by: actor, from: origin, at: now, in: &store)
    }

    /// What a line of the ledger comes to.
    package enum Replay: Sendable, Equatable {
        /// He is not there.
        case absent
        /// He was there again and is erased.
        case erased
        /// His account was changed after that time: it is no row of an older backup, and somebody has to look at it.
        case livedOn
    }

    /// Does an erasure of the ledger once more, where a restored backup has brought somebody back.
    package func replay<Store: EraserStore>(
        _ erasure: Erasure, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Replay where Store: ~Copyable {
        guard let user = try store.user(withID: erasure.userID) else { return .absent }
        guard max(user.updatedAt, user.lastSignInAt ?? user.updatedAt) <= erasure.at else { return .livedOn }
        let detail = ["reason": erasure.reason.rawValue, "replayed": "true"]
        let isGone = try remove(
            user, detail: detail, by: .operatorOnHost, from: origin, at: clock.now(), in: &store)
        return isGone ? .erased : .livedOn
    }

    private func remove<Store: EraserStore>(
        _ user: User, detail: [String: String], by actor: AuditActor, from origin: Origin, at now: Instant,
        in store: inout Store
    ) throws(Failure) -> Bool where Store: ~Copyable {
        try store.atomically { tx throws(Failure) in
            guard try tx.deleteUser(user) else { return false }
            try tx.disownUsernames(of: user.id, at: now)
            try tx.deleteTokens(about: user)
            try tx.deleteMails(of: user.id)
            // What somebody else typed under an address that was never proved is not his.
            if user.isVerified { try tx.deleteRegistrations(for: user.email, keepingPasswordOf: nil) }
            try tx.record(AuditEvent(.erased, by: actor, on: user, detail: detail, from: origin, at: now))
            return true
        }
    }
}
