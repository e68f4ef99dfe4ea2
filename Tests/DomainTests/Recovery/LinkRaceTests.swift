import Crypto
import Domain
import Foundation
import Persistence
import Support
import Synchronization
import Testing

/// Security E1: a link works once, however many use it at once.
@Suite struct `Many uses of one link at once` {
    /// Lets nobody go on before everybody is there.
    private final class Gate: Sendable {
        private let waiting = Mutex(0)
        private let expected: Int

        init(_ expected: Int) { self.expected = expected }

        func pass() {
            waiting.withLock { $0 += 1 }
            _ = eventually(within: 20) { waiting.withLock { $0 } >= expected }
        }
    }

    /// What each of so many connections was told.
    private func outcomes(
        of count: Int, in schema: TestSchema,
        _ act: @escaping @Sendable (inout Store) throws(Failure) -> Void
    ) -> [String?] {
        let told = Mutex<[String?]>([])
        let group = DispatchGroup()
        for _ in 0..<count {
            group.enter()
            Thread.detachNewThread {
                var store = schema.store()
                let code = refusal { () throws(Failure) in try act(&store) }
                told.withLock { $0.append(code) }
                group.leave()
            }
        }
        group.wait()
        return told.withLock { $0 }
    }

    @Test func `of fifty resets by one link one succeeds`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let first = House()
            try first.register("ann", in: &store)
            let token = try first.recover("ann", in: &store)
            let gate = Gate(50)
            let house = House { gate.pass() }
            house.clock.set(first.clock.now())
            let told = outcomes(of: 50, in: schema) { store throws(Failure) in try house.reset(token, in: &store) }
            #expect(told.count { $0 == nil } == 1)
            #expect(told.count { $0 == "link_invalid" } == 49)
            let root = try RootConnection(schema.root)
            let rows = try root.rows(
                """
                SELECT (SELECT COUNT(*) FROM audit_events WHERE event = 'password.reset'),
                    (SELECT COUNT(*) FROM outbox_messages WHERE template = 'password_changed')
                """)
            #expect(rows == [["1", "1"]])
            try first.signIn("ann", House.other, in: &store)
        }
    }

    @Test func `of fifty uses of one "this was not me" one succeeds`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let house = House()
            let ann = try house.register("ann", in: &store).user
            let token = try house.token(.notMe, for: ann, about: .signedIn, in: &store)
            let gate = Gate(50)
            let told = outcomes(of: 50, in: schema) { store throws(Failure) in
                try store.ping()
                gate.pass()
                try house.users.disown(by: token, from: .test, in: &store)
            }
            #expect(told.count { $0 == nil } == 1)
            #expect(told.count { $0 == "link_invalid" } == 49)
            let rows = try RootConnection(schema.root).rows("SELECT template FROM outbox_messages")
            #expect(rows == [["recovery"]])
        }
    }
}
