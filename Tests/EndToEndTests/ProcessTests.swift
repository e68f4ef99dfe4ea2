import Foundation
import Support
import Testing

/// How the processes of a running service come, go and are replaced (decisions 20–22).
///
/// Those of the supervisor alone stand in `AuthFCGITests` (`SupervisorTests`); here is a database too.
@Suite struct ProcessTests {
    /// Asks for a profile without a session, which needs the database not at all, and for the database.
    private func isAnswered(_ pool: FastCGIPool, _ path: String = "/auth/readyz") -> Bool {
        (try? pool.send("GET", path))?.status == 200
    }

    @Test func `a killed worker is replaced, and nobody else notices`() throws {
        let own = try OwnService()
        let before = try own.start()
        let pool = try own.service.pool("web")
        let victim = try #require(before.processes(of: "web").first)
        let start = ContinuousClock.now
        kill(victim, SIGKILL)
        #expect(isAnswered(pool))
        let after = try own.service.settledStatus()
        // 200 ms where nothing else runs.
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(!after.processes().contains(victim))
        #expect(after.processes().subtracting(before.processes()).count == 1)
        #expect(after.pools.first { $0.pool == "web" }?.restarts == 1)
        #expect(after.pools.filter { $0.restarts > 0 }.count == 1)
        #expect(isAnswered(pool))
    }

    @Test func `status tells what every worker does`() throws {
        let own = try OwnService()
        try own.start()
        let pool = try own.service.pool("web")
        for _ in 0..<10 { #expect(isAnswered(pool)) }
        let status = try own.service.status()
        #expect(status.generation == 1)
        #expect(status.pools.map(\.pool) == ["check", "web", "login", "outbound", "courier", "janitor"])
        let web = status.workers.filter { $0.pool == "web" }
        #expect(web.map(\.served).reduce(0, +) == 10)
        #expect(web.allSatisfy { $0.failed == 0 && $0.busy_ms == 0 && $0.state == "ready" && $0.uptime_ms >= 0 })
        #expect(try own.service.command("status").output.contains("supervisor \(status.pid), generation 1"))
    }

    @Test func `a pool is scaled up and down by command, within bounds, until the next reload`() throws {
        let own = try OwnService()
        let before = try own.start()
        #expect(try own.service.command("scale", "web", "5").status == 0)
        #expect(try own.service.settledStatus().processes(of: "web").count == 5)
        #expect(try own.service.command("scale", "web", "1").status == 0)
        #expect(try eventually { try own.service.status().processes(of: "web").count == 1 })
        #expect(isAnswered(try own.service.pool("web")))
        for wrong in [["web", "0"], ["login", "65"], ["attic", "2"], ["web", "many"], ["web"]] {
            let result = try Command([own.service.program, "scale", "--config", own.service.settings] + wrong).run()
            #expect(result.status != 0 && !result.errors.isEmpty, "\(wrong)")
        }
        kill(before.pid, SIGHUP)
        #expect(try own.service.settledStatus(of: 2).processes(of: "web").count == before.processes(of: "web").count)
    }

    @Test func `a reload under load loses no request`() throws {
        let own = try OwnService()
        let before = try own.start()
        let pool = try own.service.pool("web")
        let lost = LostRequests()
        let load = (0..<4).map { _ in
            let thread = Thread {
                while !lost.isOver { lost.note((try? pool.send("GET", "/auth/readyz"))?.status == 200) }
            }
            thread.start()
            return thread
        }
        kill(before.pid, SIGHUP)
        let after = try own.service.settledStatus(of: 2)
        lost.end()
        #expect(eventually { load.allSatisfy(\.isFinished) })
        #expect(lost.sent > 100)
        #expect(lost.lost == 0)
        #expect(after.pid == before.pid)
        #expect(after.processes().isDisjoint(with: before.processes()))
        #expect(before.processes().allSatisfy { !isRunning($0) })
    }

    @Test func `a reload with wrong settings keeps serving and says why`() throws {
        let own = try OwnService()
        let before = try own.start()
        try own.write(settings: "passwords = { minimun = 12; };")
        kill(before.pid, SIGHUP)
        #expect(try eventually { try own.logged().contains { $0.contains("nothing was reloaded") } })
        #expect(try own.logged().contains { $0.contains("minimun") && $0.contains("conf:") })
        // The commands read the settings too.
        try own.write(settings: OwnService.cheapSettings)
        #expect(try own.service.status().processes() == before.processes())
        #expect(isAnswered(try own.service.pool("web")))
    }

    @Test func `a service that is told to end leaves no process and no socket`() throws {
        let own = try OwnService()
        let status = try own.start()
        #expect(isAnswered(try own.service.pool("web")))
        kill(status.pid, SIGTERM)
        #expect(eventually { status.processes().union([status.pid]).allSatisfy { !isRunning($0) } })
        #expect(try FileManager.default.contentsOfDirectory(atPath: own.service.sockets) == ["authfcgi.lock"])
        #expect(try own.service.command("status").status != 0)
        try own.start()
        #expect(isAnswered(try own.service.pool("web")))
    }

    @Test func `settings with several mistakes are all named with their lines, and nothing starts`() throws {
        let own = try OwnService()
        try own.write(
            settings: """
                passwords = { minimun = 12; };
                log = { level = "loud"; };
                sessions = { idle = "three"; };
                """)
        let check = try own.service.command("check")
        #expect(check.status == 1)
        let lines = try String(contentsOfFile: own.service.settings, encoding: .utf8).components(separatedBy: "\n")
        for mistake in ["minimun", "loud", "three"] {
            let number = try #require(lines.firstIndex { $0.contains(mistake) }) + 1
            #expect(check.output.contains("\(own.service.settings):\(number)"), "\(mistake): \(check.output)")
        }
        let serve = try own.service.command("serve")
        #expect(serve.status != 0)
        #expect(serve.errors.contains("minimun"))
        #expect(!FileManager.default.fileExists(atPath: own.service.socket("web")))
    }
}

/// Counts over several threads.
private final class LostRequests: @unchecked Sendable {
    private let lock = NSLock()
    private var counts = (sent: 0, lost: 0)
    private var over = false

    var sent: Int { lock.withLock { counts.sent } }
    var lost: Int { lock.withLock { counts.lost } }
    var isOver: Bool { lock.withLock { over } }
    func end() { lock.withLock { over = true } }

    func note(_ isAnswered: Bool) {
        lock.withLock {
            counts.sent += 1
            if !isAnswered { counts.lost += 1 }
        }
    }
}
