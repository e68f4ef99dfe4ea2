package import Domain
package import Crypto
package struct Store: ~Copyable, UserStore, PasswordStore, SessionStore, BudgetStore, AuditLog, Outbox, Transactional {
    package mutating func ping() throws(Failure) { fatalError() }
    package mutating func atomically<Result>(_ body: (inout Store) throws(Failure) -> Result) throws(Failure) -> Result { try body(&self) }
    package mutating func insert(_ user: User) throws(Failure) -> UserInsertion { fatalError() }
    package mutating func user(withID id: UserID) throws(Failure) -> User? { fatalError() }
    package mutating func user(withEmail email: EmailAddress) throws(Failure) -> User? { fatalError() }
    package mutating func user(withUsername username: Username) throws(Failure) -> User? { fatalError() }
    package mutating func changeProfile(of id: UserID, name: Change<String>, picture: Change<String>, at now: Instant) throws(Failure) {}
    package mutating func setDisabled(_ isDisabled: Bool, _ id: UserID, at now: Instant) throws(Failure) {}
    package mutating func markDeleted(_ id: UserID, at now: Instant) throws(Failure) {}
    package mutating func rename(_ id: UserID, to username: Username?, at now: Instant) throws(Failure) -> Bool { fatalError() }
    package mutating func noteSignIn(of id: UserID, at now: Instant) throws(Failure) {}
    package mutating func users(after id: UserID?, limit: Int, deleted: Bool) throws(Failure) -> [User] { [] }
    package mutating func candidate(for identifier: SignInIdentifier) throws(Failure) -> SignInCandidate { fatalError() }
    package mutating func candidate(withID id: UserID) throws(Failure) -> SignInCandidate { fatalError() }
    package mutating func password(of id: UserID?, matches digest: Digest) throws(Failure) -> Bool { true }
    package mutating func createPassword(_ password: PasswordDigest, of id: UserID) throws(Failure) -> Bool { true }
    package mutating func replacePassword(of id: UserID, current: Digest, with new: PasswordDigest, at now: Instant) throws(Failure) -> Bool { true }
    package mutating func insert(_ session: Session) throws(Failure) {}
    package mutating func session(withDigest digest: Digest) throws(Failure) -> (session: Session, user: User)? { nil }
    package mutating func sessions(of user: UserID, at now: Instant) throws(Failure) -> [Session] { [] }
    package mutating func noteUse(of digest: Digest, at now: Instant, idleUntil: Instant) throws(Failure) {}
    package mutating func deleteSession(_ id: SessionID, of user: UserID) throws(Failure) -> Bool { true }
    package mutating func deleteSessions(of user: UserID, except kept: SessionID?) throws(Failure) -> Int { 0 }
    package mutating func spend(_ spendings: [Spending], at now: Instant) throws(Failure) -> Duration? { nil }
    package mutating func record(_ event: AuditEvent) throws(Failure) {}
    package mutating func recordRefusal(bucket: Digest, _ event: AuditEvent) throws(Failure) {}
    package mutating func enqueue(_ mail: Mail, to user: User, at now: Instant, expiry: Instant) throws(Failure) {}
}
