import Crypto
import Domain
import Foundation
import Persistence
import Support
import Testing

/// A COMMIT whose answer is lost either stands or does not: what happened happened once, and is told as it is.
@Suite struct CommitInDoubtTests {
    enum Act: String, CaseIterable, CustomTestStringConvertible {
        case registration, signIn, passwordChange, deletion, recovery, reset, disowning

        var testDescription: String { rawValue }

        /// What the act leaves in the audit log.
        var event: String {
            switch self {
            case .registration: "user.registered"
            case .signIn: "session.signed_in"
            case .passwordChange: "password.changed"
            case .deletion: "user.deleted"
            case .recovery: "recovery.begun"
            case .reset: "password.reset"
            case .disowning: "user.disowned_event"
            }
        }
    }

    private let house = House()

    private func perform(_ act: Act, in store: inout Store) throws(Failure) {
        switch act {
        case .registration: try house.register("bob", in: &store)
        case .signIn: try house.signIn("ann", in: &store)
        case .passwordChange:
            let change = PasswordChange(current: Secret(House.password), new: Secret(House.other))
            try house.users.changePassword(change, of: try caller(in: &store), from: .test, in: &store)
        case .deletion:
            try house.users.delete(
                try caller(in: &store), currentPassword: Secret(House.password), from: .test, in: &store)
        case .recovery: try house.users.beginRecovery(of: "ann@example.org", from: .test, in: &store)
        case .reset: try house.reset(try house.recover("ann", in: &store), in: &store)
        case .disowning:
            let ann = try caller(in: &store).user
            let token = try house.token(.notMe, for: ann, about: .signedIn, in: &store)
            try house.users.disown(by: token, from: .test, in: &store)
        }
    }

    private func caller(in store: inout Store) throws(Failure) -> Caller {
        let opened = try house.signIn("ann", in: &store)
        guard let caller = try house.sessions.caller(with: opened.token, by: .cookie, in: &store) else {
            throw .defect("nobody")
        }
        return caller
    }

    private func count(_ event: String, _ root: RootConnection) throws -> String? {
        try root.rows("SELECT COUNT(*) FROM audit_events WHERE event = '\(event)'").first?.first ?? nil
    }

    @Test(arguments: Act.allCases, [FaultProxy.Snare.Moment.beforeServer, .beforeAnswer])
    func `an act whose COMMIT has no answer succeeds, once`(act: Act, moment: FaultProxy.Snare.Moment) throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy, limits: .tests)
            try house.register("ann", in: &store)
            let root = try RootConnection(schema.root)
            let before = try count(act.event, root)
            // The sign-in that makes a caller commits too: the act's own COMMIT is the last before its event stands.
            let caught = try proxy.isCaught(by: .init("COMMIT", moment, .cut)) { try perform(act, in: &store) }
            #expect(caught)
            #expect(try count(act.event, root) == before.flatMap { Int($0).map { String($0 + 1) } })
            #expect(
                try root.rows("SELECT COUNT(*), COUNT(DISTINCT email_key) FROM users") == [
                    act == .registration ? ["2", "2"] : ["1", "1"]
                ])
            let gaps = try root.rows("SELECT MAX(sequence) - COUNT(*) FROM audit_events")
            #expect(gaps == [["0"]], "a number of the audit log is missing")
        }
    }

    @Test func `nobody is told of success when the database does not say what became of it`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy)
            try store.ping()
            let before = proxy.lay(.init("COMMIT", .beforeAnswer, .hold))
            Thread.detachNewThread {
                _ = eventually { proxy.counts.caught > before }
                proxy.weather = .refusing
            }
            let start = ContinuousClock.now
            #expect(throws: Failure.self) { try house.register("ann", in: &store) }
            #expect(ContinuousClock.now - start < .milliseconds(2500))
            // It stands nevertheless: who tries again is told that the address is taken, and there is one user.
            proxy.weather = .fair
            var second = schema.store()
            #expect(throws: Failure.self) { try house.register("ann", in: &second) }
            let root = try RootConnection(schema.root)
            #expect(try root.rows("SELECT COUNT(*) FROM users") == [["1"]])
            #expect(
                try root.rows("SELECT COUNT(*) FROM password_hashes WHERE user_id IN (SELECT id FROM users)") == [["1"]]
            )
        }
    }

    @Test func `a commit that hangs is resolved within the time of the request`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy)
            try store.ping()
            let caught = try proxy.isCaught(by: .init("COMMIT", .beforeServer, .hold)) {
                try house.register("ann", in: &store)
            }
            #expect(caught)
            #expect(try RootConnection(schema.root).rows("SELECT COUNT(*) FROM users") == [["1"]])
        }
    }

    /// Whoever asked at once would find nothing, and do it a second time.
    @Test(arguments: Act.allCases) func `a COMMIT that arrives late is waited for`(act: Act) throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy, limits: .tests)
            try house.register("ann", in: &store)
            let root = try RootConnection(schema.root)
            let before = try count(act.event, root).flatMap { Int($0) } ?? 0
            let caught = try proxy.isCaught(by: .init("COMMIT", .beforeServer, .late(.milliseconds(400)))) {
                try perform(act, in: &store)
            }
            #expect(caught)
            #expect(try count(act.event, root) == String(before + 1))
        }
    }

    /// The server does not know that its client is gone, and keeps the rows until it loses patience.
    @Test func `a transaction that is still open is waited for, and undone by the server`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy)
            try store.ping()
            let start = ContinuousClock.now
            let caught = proxy.isCaught(by: .init("COMMIT", .beforeServer, .strand)) {
                #expect(throws: Failure.self) { try house.register("ann", in: &store) }
            }
            #expect(caught)
            #expect(ContinuousClock.now - start < .milliseconds(2500))
            let root = try RootConnection(schema.root)
            #expect(try root.rows("SELECT COUNT(*) FROM users") == [["0"]])
            var second = schema.store()
            #expect(eventually(within: 4) { (try? house.register("ann", in: &second)) != nil })
            #expect(try root.rows("SELECT COUNT(*) FROM users") == [["1"]])
        }
    }
}
