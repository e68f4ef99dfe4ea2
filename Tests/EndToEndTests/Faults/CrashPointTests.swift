import Foundation
import Support
import Testing

/// Reliability R2: a worker that is killed at any step of a registration leaves a whole user or none.
///
/// The proxy holds a statement, or its answer, while the worker is killed: the program needs no code for it.
@Suite(.serialized) struct CrashPointTests {
    private let server = TestServer(isDurable: true)
    private let proxy: FaultProxy
    private let own: OwnService
    private let root: RootConnection

    init() throws {
        proxy = try FaultProxy(to: server.socket)
        own = try OwnService(settings: Stack.roomySettings, server: server, proxy: proxy)
        try own.start()
        root = try RootConnection(own.root)
    }

    private func register(_ name: String) throws -> Int? {
        let body = """
            {"email":"\(name)@example.com","username":"\(name)","password":"correct horse battery staple"}
            """
        return try own.service.pool("login").post("/auth/register", body).status
    }

    /// Registers in the background; the answer comes by itself, or with the end of the worker.
    private func registering(_ name: String) -> Thread {
        let thread = Thread { _ = try? register(name) }
        thread.start()
        return thread
    }

    /// The worker that is answering a request.
    private func busyWorker() throws -> Int32 {
        var found: Int32?
        _ = try eventually {
            found = try own.service.status().workers.first { $0.pool == "login" && $0.busy_ms > 0 }?.pid
            return found != nil
        }
        return try #require(found)
    }

    private func count(_ sql: String) throws -> Int? {
        try root.rows("SELECT COUNT(*) FROM \(sql)").first?.first.flatMap(\.self).flatMap { Int($0) }
    }

    private func expectWholeUsers(_ number: Int, _ comment: String) throws {
        #expect(try count("users") == number, "\(comment)")
        #expect(try count("password_hashes WHERE user_id IN (SELECT id FROM users)") == number, "\(comment)")
        #expect(try count("password_hashes") == number + 1, "a password without a user: \(comment)")
        #expect(try count("usernames JOIN users ON users.id = user_id") == number, "\(comment)")
        #expect(try count("usernames") == number, "\(comment)")
        #expect(try count("sessions WHERE user_id IN (SELECT id FROM users)") == number, "\(comment)")
        #expect(
            try count("users JOIN audit_events ON subject_id = users.id AND event = 'user.registered'") == number,
            "\(comment)")
        #expect(try count("audit_events WHERE event = 'user.registered'") == number, "\(comment)")
    }

    private static let points: [(name: String, snare: FaultProxy.Snare, isCommitted: Bool)] = [
        ("before the user is inserted", .init("INSERT INTO users", .beforeServer, .hold), false),
        ("after the user is inserted", .init("INSERT INTO users", .beforeAnswer, .hold), false),
        ("before the password is stored", .init("SELECT password_create", .beforeServer, .hold), false),
        ("before the event is recorded", .init("INSERT INTO audit_events", .beforeServer, .hold), false),
        ("before the commit", .init("COMMIT", .beforeServer, .hold), false),
        ("between the commit and its answer", .init("COMMIT", .beforeAnswer, .hold), true),
    ]

    @Test func `a worker killed at any step of a registration leaves a whole user or none, and a second try one`()
        throws
    {
        for (index, point) in Self.points.enumerated() {
            let name = "step\(index)"
            let caught = proxy.counts.caught
            proxy.lay(point.snare)
            let client = registering(name)
            #expect(eventually { proxy.counts.caught > caught }, "\(point.name)")
            let worker = try busyWorker()
            kill(worker, SIGKILL)
            #expect(eventually { !isRunning(worker) })
            _ = try own.service.settledStatus()
            // The server has seen the end of the connection and undone what was open.
            let expected = index + (point.isCommitted ? 1 : 0)
            #expect(try eventually { try count("users") == expected }, "\(point.name)")
            try expectWholeUsers(expected, point.name)
            #expect(eventually { client.isFinished })

            // Who tries again gets his account, or is told that he has it.
            #expect(try register(name) == (point.isCommitted ? 409 : 201), "\(point.name)")
            try expectWholeUsers(index + 1, "second try, \(point.name)")
        }
        #expect(proxy.counts.caught == Self.points.count)
    }

    @Test func `workers killed at random while people register leave whole users only`() throws {
        let rounds = Int(Chaos.every(15, long: 200))
        var killed = 0
        for round in 0..<rounds {
            let clients = (0..<2).map { registering("random\(round)n\($0)") }
            usleep(UInt32.random(in: 0..<60_000))
            if let worker = try own.service.status().workers.filter({ $0.pool == "login" }).randomElement() {
                kill(worker.pid, SIGKILL)
                killed += 1
            }
            #expect(eventually { clients.allSatisfy(\.isFinished) })
            _ = try own.service.settledStatus()
        }
        #expect(killed == rounds)
        for round in 0..<rounds {
            for number in 0..<2 {
                let status = try register("random\(round)n\(number)")
                #expect(status == 201 || status == 409, "\(round) \(number): \(status ?? 0)")
            }
        }
        try expectWholeUsers(2 * rounds, "\(rounds) random kills")
        print("random kills: \(killed), registrations \(2 * rounds), half users 0")
    }
}
