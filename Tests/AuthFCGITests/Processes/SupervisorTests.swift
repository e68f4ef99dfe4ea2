import Foundation
import Testing

@testable import AuthFCGI

@Suite(.serialized) struct SupervisorTests {
    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `every pool gets its workers and a socket that only its group may use`() throws {
        let service = try RunningService()
        let counts = Dictionary(grouping: service.workers, by: \.pool).mapValues(\.count)
        #expect(counts == [.check: 2, .web: 2, .login: 3, .outbound: 1, .janitor: 1])
        for pool in Pool.serving { #expect(try mode("\(service.runDirectory)/\(pool.rawValue).sock") == 0o660) }
        #expect(try mode(service.runDirectory + "/control.sock") == 0o600)
        #expect(service.isAnswered())
    }

    @Test func `a service that has started without a database is found by the variable`() throws {
        let service = try RunningService()
        #expect(service.isAnswered())
        #expect(try service.isFoundByVariable())
    }

    @Test func `what the check calls an error keeps the service from starting`() throws {
        let service = try RunningService()
        service.signal(SIGTERM)
        #expect(service.wait() == 0)
        try service.removeSecret(of: .login)
        #expect(try service.startAnother() == 1)
    }

    @Test func `no process of the service leaves its memory behind`() throws {
        let service = try RunningService()
        for process in service.processes.union([service.supervisor]) {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            #expect(limits.contains(#/Max core file size +0 +0 /#), "\(process)")
        }
    }

    @Test func `a crash leaves no core file, also where the machine asks for one`() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        let service = try RunningService()
        let count = service.ready(.login).count
        for fatal in [SIGABRT, SIGSEGV] {
            let victim = try #require(service.ready(.login).first)
            kill(victim, fatal)
            #expect(eventually { service.ready(.login).count == count && !service.ready(.login).contains(victim) })
        }
        #expect(try service.files().filter { $0.hasPrefix("core") } == [])
    }

    @Test func `a killed worker is replaced at once, and the others answer meanwhile`() throws {
        let service = try RunningService()
        for _ in 0..<3 {
            Thread.sleep(forTimeInterval: 1.1)
            let victim = try #require(service.ready(.web).first)
            let start = ContinuousClock.now
            kill(victim, SIGKILL)
            #expect(service.isAnswered())
            #expect(eventually { service.ready(.web).count == 2 && !service.ready(.web).contains(victim) })
            // 50 ms on an idle machine, where the target is 200.
            #expect(ContinuousClock.now - start < .milliseconds(900))
        }
        #expect(service.report?.pools.first { $0.pool == .web }?.restarts == 3)
    }

    @Test func `a pool grows and shrinks, within bounds`() throws {
        let service = try RunningService()
        let client = ControlClient(runDirectory: service.runDirectory)
        try client.scale(.web, to: 4)
        #expect(eventually { service.ready(.web).count == 4 })
        try client.scale(.web, to: 1)
        #expect(eventually { service.ready(.web).count == 1 && service.workers.count == 8 })
        try client.scale(.outbound, to: 0)
        #expect(eventually { service.workers.count == 7 })
        for (pool, count) in [(Pool.check, 0), (.web, -1), (.login, 65)] {
            #expect(throws: (any Error).self) { try client.scale(pool, to: count) }
        }
        #expect(service.isAnswered())
    }

    @Test func `a second supervisor is refused, and the first stays`() throws {
        let service = try RunningService()
        let before = service.processes
        #expect(try service.startAnother() == 1)
        #expect(service.processes == before)
        #expect(service.isAnswered())
    }

    @Test func `a reload with settings that cannot be read changes nothing`() throws {
        let service = try RunningService()
        let before = service.processes
        try service.breakSettings()
        service.signal(SIGHUP)
        Thread.sleep(forTimeInterval: 1)
        #expect(service.processes == before)
        #expect(service.report?.generation == 1)
        #expect(service.isAnswered())
    }

    @Test func `a reload replaces every worker, keeps the supervisor, and loses no request`() throws {
        let service = try RunningService()
        let before = service.processes
        service.signal(SIGHUP)
        var unanswered = 0
        #expect(
            eventually {
                if !service.isAnswered() { unanswered += 1 }
                return service.report?.generation == 2 && service.processes.count == 9
                    && service.processes.isDisjoint(with: before)
            })
        #expect(unanswered == 0)
        #expect(service.report?.process == service.supervisor)
        #expect(before.allSatisfy { !RunningService.isRunning($0) })
    }

    @Test func `workers end with a killed supervisor, and the next one starts over what it left`() throws {
        let service = try RunningService()
        let before = service.processes
        service.signal(SIGKILL)
        _ = service.wait()
        #expect(eventually(within: 1) { before.allSatisfy { !RunningService.isRunning($0) } })
        try service.start()
        #expect(service.workers.count == 9)
        #expect(service.isAnswered())
    }

    @Test func `a supervisor that is told to leave leaves nothing behind`() throws {
        let service = try RunningService()
        let before = service.processes
        service.signal(SIGTERM)
        #expect(service.wait() == 0)
        #expect(before.allSatisfy { !RunningService.isRunning($0) })
        #expect(try FileManager.default.contentsOfDirectory(atPath: service.runDirectory) == ["authfcgi.lock"])
    }
}
