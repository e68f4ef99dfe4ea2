import Testing

@testable import AuthFCGI

@Suite struct MetricsTextTests {
    private func report() throws -> MetricsReport {
        var status = StatusReport(process: 10, generation: 3, uptime: 5000)
        status.pools = [.init(pool: .check, desired: 2, restarts: 0)]
        status.workers = [
            .init(
                process: 11, pool: .check, generation: 3, state: .ready, uptime: 1, served: 7, failed: 1, busy: 30),
            .init(
                process: 12, pool: .check, generation: 2, state: .retiring, uptime: 1, served: 7, failed: 1, busy: 0),
        ]
        let scoreboard = try Scoreboard()
        scoreboard.describe()
        let meter = Meter(scoreboard)
        meter.hash(.microseconds(20_000))
        meter.hash(.microseconds(20_001))
        meter.hash(.seconds(3))
        meter.request(route: RouteLabel.none, status: 404, time: .microseconds(90))
        meter.check(.sessionExpired)
        var report = MetricsReport(status, since: 1_700_000_000)
        report.queues = [.check: 0, .login: 4]
        report.waiting = 3
        report.add(scoreboard.counts, of: .login)
        report.add(scoreboard.counts, of: .login)
        return report
    }

    @Test func `a report survives its way through the socket`() throws {
        let report = try report()
        let read = try #require(MetricsReport(report.text))
        #expect(read.text == report.text)
        #expect(read.queues == report.queues && read.waiting == 3)
        #expect(report.text.utf8.count < 32 * 1024)
        let impossible = report.text.replacing("\nlogin ", with: "\nlogin 999999:1 ")
        #expect(impossible != report.text && MetricsReport(impossible) == nil)
        #expect(MetricsReport("supervisor 10 3 5000") == nil)
    }

    @Test func `the text is what Prometheus reads`() throws {
        let text = MetricsText.of(try report(), .init(outbox: 12))
        for expected in [
            """
            # HELP authfcgi_hash_seconds Time that Argon2id took for a password.
            # TYPE authfcgi_hash_seconds histogram
            authfcgi_hash_seconds_bucket{le="0.01"} 0
            authfcgi_hash_seconds_bucket{le="0.02"} 2
            authfcgi_hash_seconds_bucket{le="0.03"} 4
            """,
            """
            authfcgi_hash_seconds_bucket{le="2"} 4
            authfcgi_hash_seconds_bucket{le="+Inf"} 6
            authfcgi_hash_seconds_sum 6.080002
            authfcgi_hash_seconds_count 6
            """,
            """
            # TYPE authfcgi_http_requests_total counter
            authfcgi_http_requests_total{route="none",status="404"} 2
            # HELP
            """,
            #"authfcgi_check_total{decision="deny",reason="session_expired"} 2"#,
            #"authfcgi_login_total{result="failure",reason="authentication_failed"} 0"#,
            #"authfcgi_http_request_seconds_count{pool="login"} 2"#,
            #"authfcgi_http_request_seconds_count{pool="web"} 0"#,
            #"authfcgi_worker_restarts_total{pool="outbound"} 0"#,
            #"authfcgi_workers{pool="check",state="retiring"} 1"#,
            #"authfcgi_workers_busy{pool="check"} 1"#, "authfcgi_hash_queue 7\n",
            "authfcgi_start_time_seconds 1700000000\n", "authfcgi_mail_outbox 12\n", "authfcgi_database_up 1\n",
        ] { #expect(text.contains(expected), "\(expected)") }
        #expect(text.hasSuffix("\n"))
    }

    /// Name, labels, value.
    private nonisolated(unsafe) static let sample =
        #/
        (authfcgi_[a-z_]+?) (?:_bucket|_sum|_count)?
        (?:\{ [a-z]+="[^"\\]*" (?:,[a-z]+="[^"\\]*")* \})?
        \x20 [0-9.]+
        /#

    @Test func `every line is a sample of a family that was announced once`() throws {
        var announced: Set<Substring> = []
        var seen: Set<Substring> = []
        for line in MetricsText.of(try report(), .init(outbox: 0)).dropLast().split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if let type = line.wholeMatch(of: #/# TYPE (authfcgi_[a-z_]+) (?:counter|gauge|histogram)/#) {
                #expect(announced.insert(type.1).inserted, "\(line)")
            } else if line.wholeMatch(of: #/# HELP authfcgi_[a-z_]+ [A-Z][^\\]+\./#) == nil {
                let sample = try #require(line.wholeMatch(of: Self.sample), "\(line)")
                #expect(announced.contains(sample.1), "\(line)")
                #expect(seen.insert(line[..<(line.lastIndex(of: " ") ?? line.endIndex)]).inserted, "\(line)")
            }
        }
        #expect(announced.count == 19)
    }

    @Test func `a database that is away has no outbox to count`() throws {
        let text = MetricsText.of(try report(), .init(outbox: nil))
        #expect(text.contains("authfcgi_database_up 0\n"))
        #expect(!text.contains("mail_outbox"))
    }

    @Test(arguments: [(0, "0"), (1, "0.000001"), (100, "0.0001"), (1_500_000, "1.5"), (2_000_000, "2")])
    func `microseconds are written exactly`(count: Int, text: String) {
        #expect(Seconds.text(microseconds: count) == text)
    }
}
