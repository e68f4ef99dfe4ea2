import Foundation
import Support
import Testing

/// A moment in which a worker is killed.
struct CrashPoint {
    let name: String
    let snare: FaultProxy.Snare
    /// Whether the server has it all by then.
    let isCommitted: Bool

    init(_ name: String, _ snare: FaultProxy.Snare, isCommitted: Bool = false) {
        self.name = name
        self.snare = snare
        self.isCommitted = isCommitted
    }
}

/// A service behind a proxy, whose workers are killed while they register somebody.
struct CrashScene {
    let proxy: FaultProxy
    let own: OwnService
    private let root: RootConnection

    init(settings: String) throws {
        let server = TestServer(isDurable: true)
        proxy = try FaultProxy(to: server.socket)
        own = try OwnService(settings: settings, server: server, proxy: proxy)
        try own.start()
        root = try RootConnection(own.root)
    }

    @discardableResult
    func register(_ name: String) throws -> Int? { try Self.register(name, at: own.service) }

    private static func register(_ name: String, at service: RunningService) throws -> Int? {
        let body = """
            {"email":"\(name)@example.com","username":"\(name)","password":"correct horse battery staple"}
            """
        return try service.pool("login").post("/auth/register", body).status
    }

    /// Registers in the background; the answer comes by itself, or with the end of the worker.
    func registering(_ name: String) -> Thread {
        let thread = Thread { [service = own.service] in _ = try? Self.register(name, at: service) }
        thread.start()
        return thread
    }

    func count(_ sql: String) throws -> Int? {
        try root.rows("SELECT COUNT(*) FROM \(sql)").first?.first.flatMap(\.self).flatMap { Int($0) }
    }

    /// Before and after each statement of a single worker's second registration: its first request asks for more.
    func everyPoint(answered status: Int) throws -> [CrashPoint] {
        #expect(try own.service.command("scale", "login", "1").status == 0)
        #expect(try eventually { try own.service.settledStatus().processes(of: "login").count == 1 })
        let workers = try own.service.settledStatus().processes(of: "login")
        #expect(try register("first") == status)
        var second: Int?
        let statements = try proxy.statements { second = try register("second") }
        #expect(second == status)
        let texts = statements.filter { workers.contains($0.process) }.map(\.text)
        let commit = try #require(texts.lastIndex(of: "COMMIT"))
        return texts.indices.flatMap { index in
            let earlier = texts[..<index].count { $0.hasPrefix(texts[index]) }
            return [FaultProxy.Snare.Moment.beforeServer, .beforeAnswer].map { moment in
                CrashPoint(
                    "\(index) \(moment): \(texts[index].prefix(60))",
                    .init(texts[index], moment, .hold, sparing: earlier),
                    isCommitted: index > commit || index == commit && moment == .beforeAnswer)
            }
        }
    }

    /// Kills the worker that registers somebody when it comes to a point, and waits for the next one.
    func killed(at point: CrashPoint, while name: String) throws {
        // Workers that die young are replaced ever later.
        if Chaos.isLong { pause(seconds: 1) }
        let workers = try own.service.settledStatus().processes(of: "login")
        let caught = proxy.lay(point.snare.of(workers))
        let client = registering(name)
        #expect(eventually { proxy.counts.caught > caught }, "\(point.name)")
        let worker = try busyWorker()
        kill(worker, SIGKILL)
        #expect(eventually { !isRunning(worker) })
        _ = try own.service.settledStatus()
        #expect(eventually { client.isFinished })
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
}
