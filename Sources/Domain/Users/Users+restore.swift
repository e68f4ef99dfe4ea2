extension Users {
    package typealias RestoreStore = AuditLog & Outbox & Transactional & UserStore & ~Copyable

    /// Brings a deleted account back, as long as the time for it is not over. Its sessions stay ended.
    ///
    /// False when it is not deleted, or when it is too late.
    package func restore<Store: RestoreStore>(
        _ user: User, within grace: Duration, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Bool where Store: ~Copyable {
        let now = clock.now()
        guard let deletedAt = user.deletedAt, now < deletedAt + grace else { return false }
        return try store.atomically { tx throws(Failure) in
            try tx.clearDeletion(of: user.id, at: now)
            // He may have been erased since he was read.
            guard let restored = try tx.user(withID: user.id) else { return false }
            try tx.record(AuditEvent(.restored, by: .operatorOnHost, on: restored, from: origin, at: now))
            try tx.enqueue(.notice(.accountRestored, to: restored, about: origin, at: now))
            return true
        }
    }
}
