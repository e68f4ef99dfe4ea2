import CSystem
import Glibc
import Testing

@testable import AuthFCGI

@Suite struct ScoreboardTests {
    /// Writes a word as a hostile or another version of a worker could.
    private func write(_ value: UInt64, to word: Int, of scoreboard: Scoreboard) {
        var value = value
        #expect(pwrite(scoreboard.descriptor.number, &value, 8, word * 8) == 8)
    }

    @Test func `what a worker counts is read by whoever has the same memory`() throws {
        let worker = try Scoreboard()
        worker.describe()
        let supervisor = try Scoreboard(Descriptor(adopting: dup(worker.descriptor.number)))
        let meter = Meter(worker)
        meter.request(route: RouteLabel.check, status: 401, time: .microseconds(150))
        meter.request(route: RouteLabel.check, status: 418, time: .microseconds(2_000_001))
        meter.check(.sessionExpired)
        meter.login(.password)
        var report = MetricsReport(StatusReport(process: 1, generation: 1, uptime: 1), since: 0)
        report.add(supervisor.counts, of: .check)
        let requests = try #require(report.layout.families.first { $0.name == "http_requests_total" })
        let row = report.table(requests, of: .check)[0]
        #expect(row[try #require(requests.columns.firstIndex(of: "401"))] == 1)
        #expect(row[try #require(requests.columns.firstIndex(of: "other"))] == 1)
        #expect(row.reduce(0, +) == 2)
        let seconds = try #require(report.layout.families.first { $0.name == "http_request_seconds" })
        let times = zip(seconds.columns, report.table(seconds)[0]).filter { $0.1 > 0 }
        #expect(times.map { "\($0.0) \($0.1)" } == ["0.0002 1", "5 1", "sum 2000151"])
        #expect(supervisor.counts.reduce(0, +) == 2_000_157)
    }

    @Test func `the counts of another version are kept where they mean the same`() throws {
        let other = MetricLayout([
            .init(name: "something", rows: ["a", "b"], columns: ["1", "2"]),
            .init(name: "login_total", rows: ["success,moonlight", "success,password"], columns: [""]),
        ])
        let worker = try Scoreboard()
        worker.describe(as: other)
        worker.add(7, at: 2)
        worker.add(5, at: 4)
        worker.add(3, at: 5)
        worker.end(status: 500)
        let elder = try Scoreboard()
        elder.describe()
        Meter(elder).login(.password)
        elder.take(worker)
        #expect(elder.served == 1)
        #expect(elder.failed == 1)
        let position = try #require(MetricLayout.own.start(of: "login_total"))
        #expect(elder.counts[position] == 4)
        #expect(elder.counts.reduce(0, +) == 4)
    }

    @Test func `memory without a description has no counts`() throws {
        let scoreboard = try Scoreboard()
        write(9, to: 8, of: scoreboard)
        Meter(scoreboard).login(.password)
        #expect(scoreboard.counts.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [
        [(3, UInt64(5))], [(3, 5), (4, .max), (5, .max)], [(3, 5), (4, 64), (5, .max)], [(3, 5), (4, 131_073)],
        [(3, 5), (4, 0), (5, 131_072)], [(2, .max), (0, .max)],
    ])
    func `whatever a worker writes, its reader comes to no harm`(words: [(Int, UInt64)]) throws {
        let scoreboard = try Scoreboard()
        scoreboard.describe()
        for (word, value) in words { write(value, to: word, of: scoreboard) }
        let elder = try Scoreboard()
        elder.describe()
        elder.take(scoreboard)
        elder.take(scoreboard)
        #expect((scoreboard.busySince ?? 0) < .max - Child.patience)
    }

    @Test func `nobody can cut the memory of another short`() throws {
        let scoreboard = try Scoreboard()
        #expect(ftruncate(scoreboard.descriptor.number, 0) == -1)
        #expect(ftruncate(scoreboard.descriptor.number, 1 << 20) == -1)
    }

    @Test func `counts of an older program's small memory are none, and it still tells who is busy`() throws {
        let scoreboard = try Scoreboard(Descriptor(system_memory_create(4096), from: "memfd_create"))
        scoreboard.describe()
        scoreboard.begin(at: 5)
        #expect(scoreboard.busySince == 5)
        scoreboard.end(status: 200)
        Meter(scoreboard).login(.password)
        #expect(scoreboard.served == 1)
        #expect(scoreboard.counts.allSatisfy { $0 == 0 })
    }
}
