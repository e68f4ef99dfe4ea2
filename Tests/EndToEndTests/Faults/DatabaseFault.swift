import Foundation
import Support
import Testing

/// The service behind nginx with a durable database of its own and a proxy before it, under mixed load while something
/// is done to the database; and what must hold whatever it is.
final class DatabaseFault {
    let server: TestServer
    let proxy: FaultProxy
    let own: OwnService
    let web: OwnWeb
    let before: ServiceStatus
    private var logs: [LoadLog] = []

    init(server: TestServer = TestServer(isDurable: true)) throws {
        self.server = server
        proxy = try FaultProxy(to: server.socket)
        own = try OwnService(settings: Stack.roomySettings, server: server, proxy: proxy)
        before = try own.start()
        web = try own.startWeb()
    }

    /// No request takes longer, whatever the database does: two seconds. Beside other tests there is slack for a busy
    /// machine, of which a hash at the lowest priority needs the most.
    static func limit(of kind: LoadKind) -> Duration {
        guard !Chaos.isLong else { return .milliseconds(2000) }
        return switch kind {
        case .check, .profile, .rename: .milliseconds(2500)
        case .signIn, .registration, .passwordChange: .milliseconds(5000)
        }
    }

    /// Runs load while something happens, and judges what became of it.
    ///
    /// - Parameter harm: returns when the database is well again, which must show within the given time.
    func judge(
        _ name: String, times: Int = 1,
        plan: LoadPlan = LoadPlan(connections: Chaos.connections, rate: 40, mix: .writing),
        recovery: Duration = .seconds(1),
        _ harm: () throws -> Void
    ) throws -> LoadLog {
        let load = try LoadClient(port: web.port, plan: plan)
        let memory = try residentMemory()
        let linesBefore = try own.logged().count
        var end = ContinuousClock.now
        var start = end
        let log = try load.run {
            pause(seconds: 1)
            start = .now
            try harm()
            end = .now
            pause(seconds: 1 + recovery / .seconds(1))
        }
        for entry in log.entries {
            guard case .answered(let status) = entry.outcome else {
                Issue.record("\(name): \(entry)")
                continue
            }
            #expect(entry.duration < Self.limit(of: entry.kind), "\(name): \(entry)")
            guard entry.isFailure else { continue }
            #expect(status == 503 && entry.retryAfter ?? 0 > 0, "\(name): \(entry)")
        }
        let first = log.entries.filter { !$0.isFailure && $0.start >= end }.map(\.end).min()
        #expect(first.map { $0 - end < recovery } == true, "\(name): nothing succeeded in time")
        let late = log.failures.filter { $0.start > end + recovery + .milliseconds(500) }
        #expect(late.isEmpty, "\(name): \(late)")

        var checker = try LoadChecker(own.root, after: logs)
        logs.append(log)
        let verdict = try checker.verdict(on: log)
        #expect(verdict.breaches == [], "\(name)")
        #expect(try own.service.status().processes() == before.processes(), "\(name): a worker was restarted")
        // A sanitizer keeps what was freed for a while.
        if patience == 1 { #expect(try residentMemory() < memory + 32 << 20, "\(name)") }
        let longest = log.entries.map(\.duration).max() ?? .zero
        let during = log.entries.filter { $0.start >= start && $0.end <= end }
        // What the worker itself took, apart from waiting for a processor before and after it.
        let slowest =
            try own.logged().dropFirst(linesBefore).compactMap { line in
                line.firstMatch(of: /"duration_us":(\d+)/).flatMap { Int($0.1) }
            }.max() ?? 0
        let back = first.map { Int(($0 - end).milliseconds) } ?? -1
        Chaos.report("database \(name)", times: times, log, since: start, "back after \(back) ms")
        guard Chaos.isLong else { return log }
        print(
            """
            \(name): \(log.entries.count) requests, \(log.failures.count) failed, \(during.count) during the fault; \
            longest \(Int(longest.milliseconds)) ms, \(slowest / 1000) ms of it in a worker; first success after \
            \(back) ms; \(verdict.acknowledged) acknowledged, \
            \(verdict.happenedUnseen) happened unseen, \(verdict.auditGaps) gaps; \(proxy.counts)
            """)
        return log
    }

    /// Of all workers together, in bytes.
    private func residentMemory() throws -> Int {
        try own.service.status().processes().map { process in
            let text = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
            return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
        }.reduce(0, +)
    }
}
