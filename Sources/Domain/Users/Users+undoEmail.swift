package import Crypto

extension Users {
    package typealias EmailUndoStore = AddressStore & AuditLog & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// The address that a link would bring back; uses nothing up.
    package func emailUndo<Store: TokenStore & ~Copyable>(
        _ secret: Secret, in store: inout Store
    ) throws(Failure) -> EmailAddress where Store: ~Copyable {
        try token(secret, for: .undoEmail, in: &store).email
    }

    /// Takes a change of the address back. Whoever made it knew the password, or had a session, or both: everybody is
    /// signed out, nobody has a password any more, and the restored address gets a link to set one.
    ///
    /// It also works for an account that an operator disabled, which stays disabled.
    @discardableResult
    package func undoEmailChange<Store: EmailUndoStore>(
        _ secret: Secret, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let token = try token(secret, for: .undoEmail, in: &store)
        let now = clock.now()
        // It had been his for so long when it was changed; as if it were new, the next thief's change could not be undone.
        let verifiedAt = token.createdAt - Users.settled
        return try store.atomically { tx throws(Failure) in
            guard var user = try tx.lockedUser(withID: token.subject), user.deletedAt == nil,
                try tx.use(token, at: now)
            else { throw Failure.refused(LinkRefused.invalid) }
            guard try tx.setEmail(token.email, of: user.id, verifiedAt: verifiedAt, at: now) else {
                throw Failure.refused(NameTaken.email)
            }
            user.email = token.email
            user.emailVerifiedAt = verifiedAt
            try tx.notePasswordChange(of: user.id, at: now)
            try tx.dropPassword(of: user.id)
            let ended = try tx.deleteSessions(of: user.id, except: nil)
            try tx.voidTokens(of: user.id, for: TokenPurpose.allCases, at: now)
            try mailRecovery(to: user, otherwise: user.email, isDropped: true, from: origin, at: now, in: &tx)
            try tx.record(
                AuditEvent(
                    .emailChangeUndone, by: .user, on: user, detail: ["ended": String(ended)], from: origin, at: now))
            return user
        }
    }
}
