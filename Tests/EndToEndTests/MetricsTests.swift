import Foundation
import Support
import Synchronization
import Testing

/// The numbers that the service tells of itself, beside those of its client.
@Suite struct MetricsTests {
    private typealias Counts = [String: Int]

    /// Samples of `/auth/metrics` by name and labels, without the prefix of all names.
    private func metrics(_ service: RunningService) throws -> Counts {
        let answer = try service.pool("web").send("GET", "/auth/metrics")
        #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        var counts: Counts = [:]
        for line in answer.body.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            counts[words.dropLast().joined(separator: " ").replacing("authfcgi_", with: "")] = Int(words.last ?? "")
        }
        return counts
    }

    private func requests(_ route: String, _ status: Int?) -> String {
        "http_requests_total{route=\"\(route)\",status=\"\(status ?? 0)\"}"
    }

    private func sum(_ counts: Counts, _ family: String) -> Int {
        counts.filter { $0.key.hasPrefix(family + "{") }.map(\.value).reduce(0, +)
    }

    /// Does each a known number of times, and keeps what the client saw.
    private struct Client {
        let service: RunningService
        let user: (name: String, token: String)

        func check(_ token: String?, policy: String = "") throws -> FastCGIAnswer {
            var more = [FastCGIParameter("AUTH_POLICY", policy)]
            if let token { more.append(FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(token)")) }
            return try service.pool("check").send("GET", "/_auth/members", more: more)
        }

        func signIn(_ password: String) throws -> FastCGIAnswer {
            try service.pool("login").post(
                "/auth/login", #"{"username":"\#(user.name)","password":"\#(password)"}"#)
        }
    }

    @Test func `a known mix is counted exactly, over killed workers and reloads`() throws {
        let own = try OwnService(settings: Stack.roomySettings)
        let before = try own.start()
        let client = Client(service: own.service, user: try Hostile.user(try own.service.pool("login")))
        let web = try own.service.pool("web")
        let victims = before.processes().subtracting(before.processes(of: "outbound"))
        for round in 1...3 {
            for _ in 0..<7 { #expect(try client.check(client.user.token).status == 200) }
            for _ in 0..<5 { #expect(try client.check(nil).status == 401) }
            #expect(try client.check(nil, policy: "optional=1").status == 200)
            #expect(try client.check(client.user.token, policy: "verified=1").status == 403)
            #expect(try client.signIn(Hostile.password).status == 200)
            for _ in 0..<2 { #expect(try client.signIn("wrong horse battery").status == 401) }
            for _ in 0..<4 { #expect(try web.send("GET", "/auth/nothing").status == 404) }
            #expect(try web.send("HEAD", "/auth/password-policy").status == 200)
            let counts = try metrics(own.service)
            let expected: Counts = [
                requests("check", 200): 8, requests("check", 401): 5, requests("check", 403): 1,
                requests("POST /login", 200): 1, requests("POST /login", 401): 2, requests("none", 404): 4,
                requests("GET /password-policy", 200): 1,
                #"check_total{decision="allow",reason="bearer"}"#: 7,
                #"check_total{decision="allow",reason="anonymous"}"#: 1,
                #"check_total{decision="deny",reason="authentication_required"}"#: 5,
                #"check_total{decision="deny",reason="email_not_verified"}"#: 1,
                #"check_total{decision="error",reason="database_unavailable"}"#: 0,
                #"login_total{result="success",reason="password"}"#: 1,
                #"login_total{result="failure",reason="authentication_failed"}"#: 2,
                #"http_request_seconds_count{pool="check"}"#: 14,
            ]
            for (name, count) in expected { #expect(counts[name] == round * count, "\(name) in round \(round)") }
            #expect(counts[requests("POST /register", 201)] == 1)
            #expect(counts["hash_seconds_count"] == 1 + 3 * round)
            #expect(counts["database_up"] == 1)
            switch round {
            case 1:
                // The client counts the asking for the numbers too; they themselves cannot.
                let served = 1 + 22 + 1
                #expect(sum(counts, "http_requests_total") == served - 1)
                #expect(
                    try eventually { try own.service.status().workers.map(\.served).reduce(0, +) == served })
                for victim in victims { kill(victim, SIGKILL) }
                #expect(try eventually { try own.service.settledStatus().processes().isDisjoint(with: victims) })
            case 2:
                #expect(sum(counts, "worker_restarts_total") == victims.count)
                kill(before.pid, SIGHUP)
                let after = try own.service.settledStatus(of: 2)
                #expect(after.processes().isDisjoint(with: before.processes()))
            default:
                #expect(sum(counts, "worker_restarts_total") == victims.count)
                #expect(counts["generation"] == 2)
            }
        }
    }

    @Test func `under load only what was in flight on a killed worker is in doubt, and no count falls`() throws {
        let own = try OwnService(settings: Stack.roomySettings)
        let before = try own.start()
        let client = Client(service: own.service, user: try Hostile.user(try own.service.pool("login")))
        let seen = Mutex<(answered: Counts, lost: Int, isOver: Bool)>(([:], 0, false))
        let threads = (0..<4).map { number in
            let thread = Thread {
                while !seen.withLock({ $0.isOver }) {
                    let status = (try? client.check(number % 2 == 0 ? client.user.token : nil))?.status
                    seen.withLock {
                        if let status { $0.answered["\(status)", default: 0] += 1 } else { $0.lost += 1 }
                    }
                }
            }
            thread.start()
            return thread
        }
        var last: Counts = [:]
        for round in 1...4 {
            let victim = try #require(try own.service.status().processes(of: "check").first)
            kill(victim, SIGKILL)
            if round == 2 { kill(before.pid, SIGHUP) }
            usleep(300_000)
            let counts = try metrics(own.service)
            for (name, count) in last where name.contains("_total") || name.contains("_count") {
                #expect(counts[name] ?? 0 >= count, "\(name)")
            }
            last = counts
        }
        seen.withLock { $0.isOver = true }
        #expect(eventually { threads.allSatisfy(\.isFinished) })
        let (answered, lost) = seen.withLock { ($0.answered, $0.lost) }
        let counts = try metrics(own.service)
        #expect(answered.values.reduce(0, +) > 100)
        #expect(Set(answered.keys) == ["200", "401"])
        #expect(lost <= 4)
        let total = ["200", "401"].map { (counts[requests("check", Int($0))] ?? 0) - (answered[$0] ?? 0) }
        #expect(total.allSatisfy { $0 >= 0 } && total.reduce(0, +) <= lost, "\(total) of \(lost)")
        let answers = sum(counts.filter { $0.key.contains("\"check\"") }, "http_requests_total")
        #expect((0...lost).contains(sum(counts, "check_total") - answers))
    }
}
