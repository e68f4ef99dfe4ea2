import Crypto
import Domain
import Persistence
import Support

extension House {
    /// The secrets of this name in the mails that wait, the oldest first.
    func secrets(_ name: String, in store: inout Store) throws(Failure) -> [Secret] {
        try store.dueMail(at: clock.now(), limit: 1000).compactMap { $0.values?[name] }.map { Secret($0) }
    }

    /// The secret of the last mail that has one of this name.
    func secret(_ name: String, in store: inout Store) throws(Failure) -> Secret {
        guard let last = try secrets(name, in: &store).last else { throw .defect("no mail has a \(name)") }
        return last
    }

    /// Asks for a link for `name@example.org`, a second after what was before, and returns its secret.
    func recover(_ name: String, in store: inout Store) throws(Failure) -> Secret {
        clock.advance(by: .seconds(1))
        try users.beginRecovery(of: "\(name)@example.org", from: .test, in: &store)
        return try secret("recovery_token", in: &store)
    }

    func reset(_ token: Secret, to password: String = House.other, in store: inout Store) throws(Failure) {
        try users.resetPassword(PasswordReset(token: token, new: Secret(password)), from: .test, in: &store)
    }

    /// Stores a token as an act would that tells a user of an event, or asks him something.
    func token(
        _ purpose: TokenPurpose, for user: User, about event: AuditEventKind? = nil, in store: inout Store
    ) throws(Failure) -> Secret {
        let secret = OneTimeSecret.random()
        let now = clock.now()
        try store.insert(
            OneTimeToken(
                digest: secret.digest, purpose: purpose, subject: user.id, email: user.email, event: event,
                eventAt: event == nil ? nil : now, createdAt: now, expiresAt: now + .hours(72)))
        return Secret(secret.reveal())
    }

    /// Whether a token still works for what it was made for.
    func lives(_ token: Secret, for purpose: TokenPurpose, in store: inout Store) -> Bool {
        refusal { () throws(Failure) in try users.token(token, for: purpose, in: &store) } == nil
    }

    func lives(_ opened: OpenedSession, in store: inout Store) throws(Failure) -> Bool {
        try sessions.caller(with: opened.token, by: .cookie, in: &store) != nil
    }
}
