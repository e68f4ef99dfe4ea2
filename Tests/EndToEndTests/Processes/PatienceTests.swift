import Foundation
import Support
import Testing

/// How long the supervisor waits for workers that do not come to an end (reliability R10): here a second and a half, not thirty.
@Suite(.waiting) struct PatienceTests {
    private static let patience = Int(1500 * Support.patience)
    private static let insertion = FaultProxy.Snare("INSERT INTO users", .beforeServer, .hold)
    private let proxy: FaultProxy
    private let own: OwnService

    init() throws {
        proxy = try FaultProxy(to: TestServer.shared.socket)
        own = try OwnService(proxy: proxy)
        try own.start(options: ["--patience", "\(Self.patience)"])
    }

    private func register(_ name: String) throws -> Int? {
        let form = #"{"email":"\#(name)@example.org","username":"\#(name)","password":"correct horse battery"}"#
        return try own.service.pool("login").post("/auth/register", form).status
    }

    private func worker(_ process: Int32) throws -> ServiceStatus.Worker? {
        try own.service.status().workers.first { $0.pid == process }
    }

    /// Stops a worker of the pool `login` while it waits for the database, which it does for a second.
    private func stoppedWorker() throws -> Int32 {
        for number in 0..<20 {
            let isCaught = proxy.isCaught(by: Self.insertion) {
                Thread.detachNewThread { _ = try? register("stuck\(number)") }
            }
            let busy = try own.service.status().workers.first { $0.pool == "login" && $0.busy_ms > 0 }
            guard isCaught, let busy else { continue }
            kill(busy.pid, SIGSTOP)
            if let worker = try worker(busy.pid), worker.busy_ms > 0, worker.state == "ready" { return busy.pid }
            kill(busy.pid, SIGCONT)
        }
        throw Command.Failed(description: "no worker was seen at work")
    }

    private func killed(_ process: Int32) throws -> String? {
        try own.logged().first { $0.contains(#""a worker is killed""#) && $0.contains(#""pid":"\#(process)""#) }
    }

    @Test func `who is stuck in a request, or does not leave after a reload, is killed when his time is over`() throws {
        let stuck = try stoppedWorker()
        #expect(try eventually { try worker(stuck) == nil })
        #expect(try killed(stuck)?.contains(#""was":"ready""#) == true)
        let before = try own.service.settledStatus()
        #expect(before.pools.first { $0.pool == "login" }?.restarts == 1)

        let left = try #require(before.processes(of: "outbound").first)
        kill(left, SIGSTOP)
        kill(before.pid, SIGHUP)
        // While one program becomes the other, nobody tells how it is.
        #expect(eventually { (try? own.service.status())?.generation == 2 })
        let start = ContinuousClock.now
        #expect(eventually { (try? worker(left))??.state == "retiring" })
        #expect(try eventually { try worker(left) == nil })
        #expect(ContinuousClock.now - start > .milliseconds(Self.patience / 2))
        #expect(try killed(left)?.contains(#""was":"retiring""#) == true)
        // It was told to leave: that is no restart. The new program has counted none yet.
        #expect(try own.service.settledStatus(of: 2).pools.allSatisfy { $0.restarts == 0 })
        #expect(try register("afterwards") == 201)
    }

    @Test func `a service that is told to end answers what it has, and waits for nobody longer than his time`() throws {
        let status = try own.service.status()
        let stuck = try #require(status.processes(of: "outbound").first)
        kill(stuck, SIGSTOP)
        let answer = Answer()
        #expect(
            proxy.isCaught(by: Self.insertion) {
                Thread.detachNewThread { answer.status = try? register("ann") }
            })
        let start = ContinuousClock.now
        kill(status.pid, SIGTERM)
        #expect(try eventually { try own.logged().contains { $0.contains("told to finish") } })
        proxy.release()
        #expect(eventually { answer.status != nil })
        // Where the machine is so busy that the database was held for more than a second, it is 503.
        #expect(answer.status == 201 || answer.status == 503)
        #expect(eventually { !isRunning(status.pid) && !isRunning(stuck) })
        #expect(ContinuousClock.now - start > .milliseconds(Self.patience - 100))
    }
}

private final class Answer: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Int?

    var status: Int? {
        get { lock.withLock { value } }
        set { lock.withLock { value = newValue } }
    }
}
