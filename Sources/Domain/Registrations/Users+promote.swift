internal import Crypto

extension Users {
    /// Makes a registration an account and signs its owner in. Of all attempts under the address this one is left, and of
    /// this one only the address when its owner chose a new password.
    func promote<Store: VerifyStore>(
        _ registration: Registration, _ token: OneTimeToken, _ proof: LinkProof, _ wish: SessionWish,
        from origin: Origin, in store: inout Store
    ) throws(Failure) -> OpenedSession where Store: ~Copyable {
        let now = clock.now()
        let wanted = registration.user(provedBy: proof, at: now)
        return try store.atomically { tx throws(Failure) in
            try budgets.spend(proof.spendings, in: &tx)
            guard try tx.use(token, at: now), try tx.registration(withID: registration.id) != nil
            else { throw Failure.refused(LinkRefused.invalid) }
            let user = try tx.insert(wantingName: wanted)
            try tx.deleteRegistrations(for: registration.email, keepingPasswordOf: user.id)
            if case .newPassword(let digest) = proof, try !tx.createPassword(digest, of: user.id) {
                throw Failure.defect("the password of a new user was not accepted by the database")
            }
            let opened = terms.open(for: user, wish, methods: ["pwd"], from: origin, at: now)
            try tx.begin(opened, wish)
            try tx.noteNetwork(budgets.networkName(of: origin), of: user.id, at: now)
            try tx.record(
                AuditEvent(
                    .registered, by: .user, on: user, session: opened.session.id, detail: ["proof": proof.name],
                    from: origin, at: now))
            return opened
        }
    }

    /// Notes that the address of an account is proved. With a new password whatever came before it ends: sessions, links,
    /// and the former password.
    func prove<Store: VerifyStore>(
        _ user: User, _ token: OneTimeToken, _ proof: LinkProof, _ session: SessionID?, from origin: Origin,
        in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let now = clock.now()
        var proved = user
        proved.emailVerifiedAt = now
        try store.atomically { tx throws(Failure) in
            var detail = ["proof": proof.name]
            try budgets.spend(proof.spendings, in: &tx)
            if case .newPassword(let digest) = proof {
                try tx.notePasswordChange(of: user.id, at: now)
                guard try tx.resetPassword(by: token, to: digest, at: now) else {
                    throw Failure.refused(LinkRefused.invalid)
                }
                detail["ended"] = String(try tx.deleteSessions(of: user.id, except: nil))
                try tx.voidTokens(of: user.id, for: TokenPurpose.allCases, at: now)
            } else if try !tx.use(token, at: now) {
                throw Failure.refused(LinkRefused.invalid)
            }
            guard try tx.noteProof(of: token.email, by: user.id, at: now) else {
                throw Failure.refused(LinkRefused.invalid)
            }
            try tx.record(
                AuditEvent(
                    .emailVerified, by: .user, on: user, session: session, detail: detail, from: origin, at: now))
            if case .newPassword = proof {
                try tx.notify(.passwordChanged, to: proved, about: .passwordReset, from: origin, at: now)
            }
        }
        if case .newPassword = proof { proved.passwordChangedAt = now }
        return proved
    }
}

extension Registration {
    /// The user it becomes. Whoever had to choose a new password may not be who chose the rest: then he is another one, of
    /// whom nothing is known but the address.
    fileprivate func user(provedBy proof: LinkProof, at now: Instant) -> User {
        if case .newPassword = proof {
            return User(
                id: UserID(at: now), email: email, emailVerifiedAt: now, erasureSalt: Random.bytes(16), createdAt: now,
                updatedAt: now, passwordChangedAt: now, lastSignInAt: now)
        }
        return User(
            id: id, email: email, emailVerifiedAt: now, username: username, name: name, erasureSalt: erasureSalt,
            createdAt: now, updatedAt: now, passwordChangedAt: now, lastSignInAt: now)
    }
}

extension UserStore where Self: Transactional & ~Copyable {
    /// Inserts a user inside of a transaction. A name that was taken since he asked for it is left to its owner; an address
    /// is not.
    fileprivate mutating func insert(wantingName user: User) throws(Failure) -> User {
        do throws(Failure) {
            return try atomically { store throws(Failure) in
                switch try store.insert(user) {
                case .inserted: return user
                case .emailTaken: throw Failure.refused(LinkRefused.invalid)
                case .usernameTaken: throw Failure.refused(NameTaken.username)
                }
            }
        } catch {
            guard case .refused(let refusal) = error, refusal as? NameTaken == .username else { throw error }
            var nameless = user
            nameless.username = nil
            return try insert(wantingName: nameless)
        }
    }
}
