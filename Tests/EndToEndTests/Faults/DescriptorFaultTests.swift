import Foundation
import Support
import Testing

extension FaultTests {
    /// Processes that may not open anything any more.
    @Suite struct DescriptorFaultTests {
        private let site: Site

        init() throws { site = try Site.shared.get() }

        /// No number above those of input, output and errors: nothing more can be opened, whatever numbers are free.
        private static let none = 3

        private func limit(_ process: Int32, to count: Int) throws {
            _ = try Command("prlimit", "--pid", "\(process)", "--nofile=\(count):20000").output()
        }

        @Test func `workers without a descriptor left refuse or wait, and go on when they have one again`() throws {
            let before = try site.own.service.settledStatus()
            let workers = before.processes(of: "web")
            var limited = 0
            let (log, begin) = try site.load { end in
                for worker in workers {
                    try limit(worker, to: Self.none)
                    limited += 1
                }
                pause(seconds: end > .now ? Chaos.seconds : 0)
                for worker in workers { try limit(worker, to: 20000) }
                pause(seconds: 1)
            }
            #expect(limited == workers.count)
            let after = try site.own.service.settledStatus()
            #expect(after.processes() == before.processes())
            // The page behind the check is another pool's, and is not touched.
            #expect(log.summary(of: .check).failed == 0)
            let others = log.failures.filter { $0.outcome != .answered(503) || $0.retryAfter == nil }
            #expect(others.map { "\($0.kind) \($0.outcome) \($0.duration)" } == [])
            let refused = try site.own.logged().count { $0.contains("accept failed: Too many open files") }
            #expect(refused > 0)
            // Once a second and worker at most.
            #expect(Double(refused) <= Double(workers.count) * (Chaos.seconds + 3))
            try site.expectTruth(of: log)
            Chaos.report("no descriptors for workers", times: limited, log, since: begin, "the pool `web`; no restart")
        }

        @Test func `a supervisor without a descriptor left keeps what it has, and replaces the dead later`() throws {
            let before = try site.own.service.settledStatus()
            let victim = try #require(before.processes(of: "web").first)
            var kills: [LoadFault] = []
            let (log, begin) = try site.load { _ in
                try limit(before.pid, to: Self.none)
                kills.append(LoadFault { kill(victim, SIGKILL) })
                pause(seconds: 2)
                #expect(isRunning(before.pid))
                try limit(before.pid, to: 20000)
                let isReplaced = eventually(within: 15) {
                    let status = try? site.own.service.status()
                    return status?.isSettled == true && status?.processes().contains(victim) == false
                }
                #expect(isReplaced)
            }
            #expect(log.failures(outside: kills).isEmpty)
            #expect(log.failures.count <= kills.count)
            let told = try site.own.logged().count { $0.contains("a worker could not be started") }
            #expect((1...20).contains(told))
            try site.expectTruth(of: log)
            Chaos.report("no descriptors for the supervisor", times: kills.count, log, since: begin, "")
        }
    }
}
