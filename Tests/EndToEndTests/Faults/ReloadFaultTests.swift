import Foundation
import Support
import Testing

extension FaultTests {
    /// Reloads of the service and of nginx under load, and reloads that cannot succeed.
    @Suite struct ReloadFaultTests {
        private let site: Site
        private var own: OwnService { site.own }

        init() throws { site = try Site.shared.get() }

        @Test func `a reload with a new binary loses no request, and every process runs the new one`() throws {
            var reloads = 0
            let (log, begin) = try site.load { end in
                while ContinuousClock.now < end {
                    let before = try own.service.settledStatus()
                    try own.replaceProgram()
                    let program = try FileIdentity(own.service.program)
                    #expect(try FileIdentity(ofProcess: before.pid) != program)
                    kill(before.pid, SIGHUP)
                    let after = try own.service.settledStatus(of: before.generation + 1)
                    #expect(after.pid == before.pid)
                    for process in after.processes().union([after.pid]) {
                        #expect(try FileIdentity(ofProcess: process) == program)
                    }
                    #expect(eventually { before.processes().allSatisfy { !isRunning($0) } })
                    reloads += 1
                    pause(seconds: Chaos.every(0.1, long: 4))
                }
            }
            #expect(reloads > 0)
            #expect(log.failures.isEmpty)
            try site.expectTruth(of: log)
            Chaos.report("reload with another binary", times: reloads, log, since: begin, "")
        }

        @Test func `nginx reloads under load without losing a request`() throws {
            var reloads = 0
            let (log, begin) = try site.load { end in
                while ContinuousClock.now < end {
                    let master = try site.web.master
                    let before = try children(of: master)
                    kill(master, SIGHUP)
                    let areReplaced = try eventually { try children(of: master).isDisjoint(with: before) }
                    #expect(areReplaced)
                    reloads += 1
                    pause(seconds: Chaos.every(0.1, long: 1))
                }
            }
            #expect(reloads > 0)
            #expect(log.failures.isEmpty)
            try site.expectTruth(of: log)
            Chaos.report(
                "nginx -s reload", times: reloads, log, since: begin,
                "\(log.reconnects) idle connections were closed and opened anew")
        }

        /// Whether a line with all of these is written soon.
        private func isLogged(after count: Int, _ parts: String...) throws -> Bool {
            try eventually {
                try own.logged().dropFirst(count).contains { line in parts.allSatisfy { line.contains($0) } }
            }
        }

        private func children(of process: Int32) throws -> Set<Int32> {
            let text = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            return Set(text.split(separator: " ").compactMap { Int32($0) })
        }

        @Test func `a reload that cannot succeed says why, and the old generation serves on, dead workers replaced`()
            throws
        {
            let before = try own.service.settledStatus()
            let secret = own.service.keys + "/login.secret"
            let root = try RootConnection(own.root)
            try root.run("CREATE TABLE kept_migrations AS SELECT * FROM schema_migrations")
            // A worker looks at the schema with its first request. Hence the one that kills is the last; and a worker that nobody
            // has asked anything so far refuses, rightly, while a migration is missing.
            let obstacles: [(name: String, expected: String, make: () throws -> Void, remove: () throws -> Void)] = [
                (
                    "a missing key", "login.secret",
                    { try FileManager.default.moveItem(atPath: secret, toPath: secret + ".away") },
                    { try FileManager.default.moveItem(atPath: secret + ".away", toPath: secret) }
                ),
                (
                    "a missing migration", "authfcgi migrate",
                    { try root.run("DELETE FROM schema_migrations") },
                    { try root.run("INSERT INTO schema_migrations SELECT * FROM kept_migrations") }
                ),
                (
                    "a broken settings file", "minimun",
                    { try own.write(settings: "passwords = { minimun = 12; };") },
                    { try own.write(settings: Stack.roomySettings) }
                ),
            ]
            var (kills, absences): ([LoadFault], [LoadFault]) = ([], [])
            var refusals = 0
            let (log, begin) = try site.load { end in
                repeat {
                    for (name, expected, make, remove) in obstacles {
                        let told = try own.logged().count
                        let obstacle = try LoadFault {
                            try make()
                            defer { try? remove() }
                            kill(before.pid, SIGHUP)
                            let isRefused = try isLogged(after: told, "nothing was reloaded")
                            #expect(isRefused, "\(name)")
                            let check = try own.service.command("check")
                            #expect(check.status == 1 && check.output.contains(expected), "\(name): \(check.output)")
                            refusals += 1
                            guard name == "a broken settings file", kills.count < 2 else { return }
                            // Settings that nobody can read are no reason to go without a worker.
                            let victim = try #require(before.processes(of: "web").first { isRunning($0) })
                            kills.append(LoadFault { kill(victim, SIGKILL) })
                            let isReplaced = try isLogged(after: told, "a worker is ready", "\"web\"")
                            #expect(isReplaced)
                        }
                        if name == "a missing migration" { absences.append(obstacle) }
                    }
                } while ContinuousClock.now < end && Chaos.isLong
            }
            try root.run("DROP TABLE kept_migrations")
            #expect(refusals >= obstacles.count && !kills.isEmpty)
            let failures = log.failures(outside: absences)
            #expect(failures.count <= kills.count && log.failures(outside: absences + kills).isEmpty, "\(failures)")
            let excused = log.failures.filter { entry in absences.contains { $0.touches(entry) } }
            #expect(excused.allSatisfy { $0.outcome == .answered(503) && $0.retryAfter != nil }, "\(excused)")
            let after = try own.service.settledStatus()
            #expect(after.pid == before.pid && after.generation == before.generation)
            #expect(after.processes().subtracting(before.processes()).count == kills.count)
            try site.expectTruth(of: log)
            Chaos.report(
                "reload that is refused", times: refusals, log, since: begin,
                "\(kills.count) workers killed meanwhile and replaced")
        }

        @Test func `a killed supervisor that is started again serves at once, and leaves no orphan`() throws {
            var deaths: [LoadFault] = []
            var longest = Duration.zero
            let (log, begin) = try site.load { end in
                while ContinuousClock.now < end {
                    let before = try own.service.settledStatus()
                    let death = LoadFault { kill(before.pid, SIGKILL) }
                    deaths.append(death)
                    #expect(eventually { !isRunning(before.pid) })
                    let after = try own.start()
                    #expect(after.pid != before.pid)
                    #expect(eventually { before.processes().allSatisfy { !isRunning($0) } })
                    pause(seconds: Chaos.every(0.5, long: 4))
                }
            }
            for (index, death) in deaths.enumerated() {
                let end = index + 1 < deaths.count ? deaths[index + 1].from : death.to + .seconds(8)
                let lost = log.failures.filter { $0.end >= death.from }.prefix { $0.start < end }
                longest = max(longest, (lost.last?.end ?? death.to) - death.from)
            }
            #expect(!deaths.isEmpty)
            let promised: Duration = .seconds(Chaos.isLong ? 2 : 6)
            #expect(longest < promised)
            #expect(log.failures.allSatisfy { $0.outcome == .answered(503) && $0.retryAfter != nil })
            let sockets = try FileManager.default.contentsOfDirectory(atPath: own.service.sockets).sorted()
            #expect(
                sockets == [
                    "authfcgi.lock", "check.sock", "control.sock", "hash.slots", "login.sock", "outbound.sock",
                    "web.sock",
                ])
            try site.expectTruth(of: log)
            Chaos.report(
                "kill -9 of the supervisor", times: deaths.count, log, since: begin,
                "away for at most \(Int(longest.milliseconds)) ms, answered 503")
        }
    }
}
