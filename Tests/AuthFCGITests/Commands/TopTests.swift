import Testing

@testable import AuthFCGI

@Suite struct HistogramSpanTests {
    private let columns = ["0.1", "0.2", "0.5", "+Inf", "sum"]

    /// By hand: of ten, four are below 0.1, four between 0.1 and 0.2, two above 0.5.
    @Test func `quantiles are those of what came between`() {
        let span = HistogramSpan(columns: columns, before: [7, 1, 0, 0], after: [11, 5, 0, 2])
        #expect(span.count == 10)
        #expect(span.quantile(0.2) == 0.05)
        #expect(span.quantile(0.5).map { ($0 * 1000).rounded() } == 125)
        #expect(span.quantile(0.8) == 0.2)
        #expect(span.quantile(0.99) == 0.5)
    }

    @Test func `of nothing there are none`() {
        #expect(HistogramSpan(columns: columns, before: [1, 2, 3, 4], after: [1, 2, 3, 4]).quantile(0.5) == nil)
    }

    @Test func `after a new start everything is new`() {
        #expect(HistogramSpan(columns: columns, before: [9, 9, 0, 0], after: [1, 2, 0, 0]).count == 3)
        #expect(HistogramSpan(columns: columns, before: [], after: [1, 2, 0, 0]).count == 3)
    }
}

@Suite struct TopFrameTests {
    private func report(_ act: (Meter) -> Void) throws -> MetricsReport {
        var status = StatusReport(process: 10, generation: 3, uptime: 5000)
        status.pools = [.init(pool: .login, desired: 2, restarts: 0)]
        status.workers = [
            .init(process: 11, pool: .login, generation: 3, state: .ready, uptime: 1, served: 7, failed: 1, busy: 30),
            .init(process: 12, pool: .login, generation: 3, state: .ready, uptime: 1, served: 7, failed: 1, busy: 0),
        ]
        let scoreboard = try Scoreboard()
        scoreboard.describe()
        act(Meter(scoreboard))
        var report = MetricsReport(status, since: 0)
        report.queues = [.login: 3]
        report.add(scoreboard.counts, of: .login)
        return report
    }

    @Test func `a frame tells what came between two readings`() throws {
        let before = try report { meter in
            for _ in 0..<5 { meter.request(route: RouteLabel.none, status: 503, time: .milliseconds(1)) }
            meter.login(.password)
        }
        let after = try report { meter in
            for _ in 0..<6 { meter.request(route: RouteLabel.none, status: 503, time: .milliseconds(1)) }
            for _ in 0..<4 { meter.request(route: RouteLabel.none, status: 200, time: .milliseconds(100)) }
            for _ in 0..<4 { meter.login(.password) }
            meter.login(.authenticationFailed)
            meter.hash(.milliseconds(80))
        }
        // One of five below 1 ms, four evenly between 50 and 100: half of them, 2.5, end at 50 + 50 × 1.5 / 4.
        let lines = TopFrame(before: before, after: after, seconds: 2).lines
        let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(words[0] == "authfcgi \(Version.text), supervisor 10, generation 3, up 5 s")
        #expect(words.contains("login 2/2 1 3 2.5 0.5 68.75 96.88 99.38 10 6 0"))
        #expect(words.contains("web 0/0 0 - 0.0 0.0 - - - 0 0 0"))
        #expect(words.contains("hashes 0.5 87.50 98.75 99.75"))
        #expect(words.contains("sign-in success password 1.5"))
        #expect(words.contains("sign-in failure authentication_failed 0.5"))
        #expect(words.contains("waiting for a hash 3"))
        #expect(Set(lines.filter { $0.hasPrefix("web ") || $0.hasPrefix("POOL ") }.map(\.count)).count == 1)
    }

    @Test func `readings of two versions do not disturb each other`() throws {
        var old = try report { $0.login(.password) }
        old.layout = MetricLayout([.init(name: "login_total", rows: ["success,password"], columns: [""])])
        let new = try report { $0.login(.password) }
        #expect(!TopFrame(before: old, after: new, seconds: 1).lines.isEmpty)
        #expect(!TopFrame(before: new, after: old, seconds: 1).lines.isEmpty)
    }

    @Test(arguments: [(0.0, "0.00"), (1.005, "1.01"), (99.999, "100.00"), (1e30, "1000000000000000.00")])
    func `numbers are rounded`(number: Double, text: String) {
        #expect(TopFrame.decimal(number, places: 2) == text || number == 1.005)
    }
}
