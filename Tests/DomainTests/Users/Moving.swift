import Crypto
import Domain
import Foundation
import Persistence
import Support
import Synchronization

@testable import Domain

/// A house whose people change their addresses.
struct Moving: Sendable {
    let house: House

    init(_ house: House = House()) {
        self.house = house
    }

    /// Somebody whose address `name@example.org` was proved so long ago, with a session that has just begun.
    func settle(
        _ name: String, verified age: Duration? = .days(7), in store: inout Store
    ) throws(Failure) -> OpenedSession {
        let form = RegistrationForm(
            email: "\(name)@example.org", username: name, name: nil, password: Secret(House.password))
        _ = try house.users.create(
            NewUser(registration: form, role: "user", isVerified: age != nil), from: .test, in: &store)
        house.clock.advance(by: age ?? .zero)
        return try house.signIn(name, in: &store)
    }

    func begin(
        _ address: String, by opened: OpenedSession, password: String? = nil, from origin: Origin = .test,
        in store: inout Store
    ) throws(Failure) {
        let caller = try caller(opened, in: &store)
        try house.users.beginEmailChange(
            EmailChange(email: address, currentPassword: password.map { Secret($0) }), of: caller, from: origin,
            in: &store)
    }

    /// Who calls with a session, as the database has him now.
    func caller(_ opened: OpenedSession, in store: inout Store) throws(Failure) -> Caller {
        guard let caller = try house.sessions.caller(with: opened.token, by: .cookie, in: &store) else {
            throw .refused(AuthenticationFailed())
        }
        return caller
    }

    /// What the newest mail of a kind to an address says.
    func letter(_ kind: MailKind, to recipient: String, in store: inout Store) throws(Failure) -> [String: String]? {
        try store.dueMail(at: house.clock.now(), limit: 10_000)
            .filter { $0.template == kind.rawValue && $0.recipient == recipient }
            .max { $0.createdAt < $1.createdAt }?.values
    }

    func link(
        _ name: String, _ kind: MailKind, to recipient: String, in store: inout Store
    ) throws(Failure) -> Secret {
        guard let text = try letter(kind, to: recipient, in: &store)?[name] else { throw .defect("no such mail") }
        return Secret(text)
    }

    func confirm(_ address: String, in store: inout Store) throws(Failure) {
        try follow(try link("email_token", .emailConfirmation, to: address, in: &store), in: &store)
    }

    /// Follows the link of a new address in a browser that is signed in to the account.
    func follow(_ secret: Secret, in store: inout Store) throws(Failure) {
        let token = try house.users.token(secret, for: .changeEmail, in: &store)
        guard let user = try store.user(withID: token.subject) else { throw .refused(LinkRefused.invalid) }
        let opened = house.sessions.terms.open(
            for: user, SessionWish(), methods: ["pwd"], from: .test, at: house.clock.now())
        let form = EmailConfirmation(link: secret, caller: Caller(user: user, session: opened.session))
        try house.users.confirmEmailChange(form, from: .test, in: &store)
    }

    /// Moves somebody from one address to another, a second after he began.
    func move(_ opened: OpenedSession, to address: String, in store: inout Store) throws(Failure) {
        try begin(address, by: opened, in: &store)
        house.clock.advance(by: .seconds(1))
        try confirm(address, in: &store)
    }

    func undo(_ former: String, in store: inout Store) throws(Failure) {
        let secret = try link("undo_token", .emailChanged, to: former, in: &store)
        try house.users.undoEmailChange(secret, from: .test, in: &store)
    }

    func address(of opened: OpenedSession, in store: inout Store) throws(Failure) -> String? {
        try store.user(withID: opened.user.id)?.email.text
    }
}

/// Does something so many times, on threads that each have a connection of their own, in the order of the numbers as far as
/// threads have one. Tells what each came to: the code of a refusal, or nil.
func inParallel(
    _ count: Int, threads: Int = 8, _ schema: TestSchema,
    _ body: @escaping @Sendable (Int, inout Store) throws(Failure) -> Void
) -> [String?] {
    let next = Mutex(0)
    let outcomes = Mutex([String?](repeating: "not done", count: count))
    let workers = (0..<threads).map { _ in
        let worker = Thread {
            var store = schema.store()
            while true {
                let number = next.withLock { number in
                    defer { number += 1 }
                    return number
                }
                guard number < count else { return }
                let outcome = refusal { () throws(Failure) in try body(number, &store) }
                outcomes.withLock { $0[number] = outcome }
            }
        }
        worker.start()
        return worker
    }
    while workers.contains(where: { !$0.isFinished }) { usleep(2000) }
    return outcomes.withLock { $0 }
}
