import Foundation
import Support
import Testing

extension FaultTests {
    /// Workers that get no memory for a hash (reliability R14).
    @Suite struct MemoryFaultTests {
        private let site: Site

        init() throws { site = try Site.shared.get() }

        /// In bytes, between two hashes: the least of some looks.
        private func addressSpaces(of processes: Set<Int32>) throws -> [Int32: Int] {
            var least: [Int32: Int] = [:]
            for _ in 0..<50 {
                for process in processes {
                    let text = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
                    least[process] = min(
                        least[process] ?? .max, (text.split(separator: " ").first.flatMap { Int($0) } ?? 0) * 4096)
                }
                usleep(20_000)
            }
            return least
        }

        private func limit(_ process: Int32, to bytes: String) throws {
            _ = try Command("prlimit", "--pid", "\(process)", "--as=\(bytes):unlimited").output()
        }

        @Test(.enabled(if: patience == 1, "a sanitizer takes terabytes of addresses for itself"))
        func `workers without memory for a hash refuse what needs one, and go on when they have it`() throws {
            let before = try site.own.service.settledStatus()
            let workers = before.processes(of: "login")
            var shortage: LoadFault?
            var (isShort, isOver) = (ContinuousClock.now, ContinuousClock.now)
            let (log, begin) = try site.load { _ in
                let spaces = try addressSpaces(of: workers)
                shortage = try LoadFault {
                    defer { for worker in workers { try? limit(worker, to: "unlimited") } }
                    // A hash takes eight mebibytes, everything else less than four.
                    for (worker, space) in spaces { try limit(worker, to: "\(space + 4 << 20)") }
                    isShort = .now
                    pause(seconds: Chaos.seconds)
                    // One worker has memory again before the other.
                    isOver = .now
                }
                pause(seconds: 1)
            }
            let fault = try #require(shortage)
            let hashing: Set<LoadKind> = [.signIn, .registration, .passwordChange]
            let refused = log.failures
            #expect(!refused.isEmpty)
            #expect(log.failures(outside: [fault]).isEmpty)
            let others = refused.filter {
                $0.outcome != .answered(503) || $0.retryAfter == nil || !hashing.contains($0.kind)
            }
            #expect(others.map(\.description) == [])
            // None was hashed meanwhile, and some were afterwards.
            let hashed = log.entries.filter { hashing.contains($0.kind) && !$0.isFailure }
            #expect(hashed.filter { $0.start >= isShort && $0.end < isOver }.map(\.description) == [])
            #expect(hashed.contains { $0.start >= fault.to })
            #expect(try site.own.logged().contains { $0.contains("Argon2id got no memory") })
            let after = try site.own.service.settledStatus()
            #expect(after.processes() == before.processes())
            try site.expectTruth(of: log)
            Chaos.report("no memory to hash", times: refused.count, log, since: begin, "the pool `login`; no restart")
        }
    }
}
