package import Crypto

/// What an operator on the host creates a user with.
package struct NewUser: Sendable {
    package let registration: RegistrationForm
    package let role: String
    /// The operator vouches for the address.
    package let isVerified: Bool

    package init(registration: RegistrationForm, role: String, isVerified: Bool) {
        self.registration = registration
        self.role = role
        self.isVerified = isVerified
    }
}

extension Users {
    package typealias OperatorStore = AddressStore & AuditLog & Outbox & PasswordStore & SessionStore & TokenStore
        & Transactional & UserStore & ~Copyable

    /// Creates a user by the command line; the same rules as a registration, no limits, no session.
    package func create<Store: OperatorStore>(
        _ new: NewUser, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        guard Role.accepts(new.role) else { throw .refused(InvalidInput("role", "invalid_role")) }
        let accepted = try accept(new.registration)
        let digest = try passwords.digest(new: accepted.password)
        let now = clock.now()
        let user = User(
            id: UserID(at: now), email: accepted.email, emailVerifiedAt: new.isVerified ? now : nil,
            username: accepted.username, name: accepted.name, role: new.role, erasureSalt: Random.bytes(16),
            createdAt: now, updatedAt: now, passwordChangedAt: now)
        try store.atomically { tx throws(Failure) in
            try tx.add(user, digest)
            let detail = ["role": new.role]
            try tx.record(
                AuditEvent(.created, by: .operatorOnHost, on: user, detail: detail, from: origin, at: now))
        }
        return user
    }

    /// A password that an operator sets, under the same rules as one's own, in the form in which it is stored.
    package func digest(operatorsChoice password: Secret, for user: User) throws(Failure) -> PasswordDigest {
        let complaints = try passwords.policy.complaints(
            about: password, field: "password", context: user.contextWords)
        guard complaints.isEmpty, let password = PasswordPolicy.normalized(password) else {
            throw .refused(InvalidInput(complaints))
        }
        return try passwords.digest(new: password)
    }

    /// Sets a password without the current one. Whoever knew that has neither sessions nor links afterwards, and the
    /// owner of the mailbox is told.
    package func setPassword<Store: OperatorStore & PasswordOverride>(
        _ password: PasswordDigest, of user: User, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            // First, as in every act that changes a password: it locks the row of the user.
            try tx.notePasswordChange(of: user.id, at: now)
            try tx.overridePassword(password, of: user.id, at: now)
            let ended = try tx.deleteSessions(of: user.id, except: nil)
            try tx.voidTokens(of: user.id, for: [.reset, .changeEmail, .confirm], at: now)
            try tx.record(
                AuditEvent(
                    .passwordSetByOperator, by: .operatorOnHost, on: user, detail: ["ended": String(ended)],
                    from: origin, at: now))
            try tx.notify(.passwordChanged, to: user, about: .passwordSetByOperator, from: origin, at: now)
        }
    }

    /// Disables a user, which ends all of his sessions, or enables him again.
    package func setDisabled<Store: OperatorStore>(
        _ isDisabled: Bool, _ user: User, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        try store.atomically { tx throws(Failure) in
            try tx.setDisabled(isDisabled, user.id, at: now)
            let ended = isDisabled ? try tx.shutOut(of: user.id, at: now) : 0
            try tx.record(
                AuditEvent(
                    isDisabled ? .disabled : .enabled, by: .operatorOnHost, on: user,
                    detail: ["ended": String(ended)], from: origin, at: now))
        }
    }

    /// Ends all sessions of a user, and what was begun in them; tells how many.
    package func revokeSessions<Store: OperatorStore>(
        of user: User, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Int where Store: ~Copyable {
        let now = clock.now()
        return try store.atomically { tx throws(Failure) in
            _ = try tx.lockedUser(withID: user.id)
            let ended = try tx.shutOut(of: user.id, at: now)
            try tx.record(
                AuditEvent(
                    .sessionsRevoked, by: .operatorOnHost, on: user, detail: ["ended": String(ended)], from: origin,
                    at: now))
            return ended
        }
    }
}

/// A connection of the operator's account.
package protocol PasswordOverride: ~Copyable {
    /// Sets a password whatever it was.
    mutating func overridePassword(_ password: PasswordDigest, of id: UserID, at now: Instant) throws(Failure)
}

/// Names of roles.
package enum Role {
    /// `[a-z0-9_.:-]{1,64}` (decisions 19): they stand in headers.
    package static func accepts(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x5F, 0x2E, 0x3A, 0x2D].contains(byte)
            }
    }
}
