import Foundation
import Support
import Testing

/// Reliability R8, R13: a database that works but refuses: no connections, no writes, no disk.
@Suite(.serialized) struct DatabaseShortageTests {
    private func bearer(_ token: String) -> [FastCGIParameter] {
        [FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(token)")]
    }

    private func check(_ service: RunningService, _ token: String) throws -> FastCGIAnswer {
        try service.pool("check").send(
            "GET", "/_auth/x", more: bearer(token) + [FastCGIParameter("AUTH_POLICY", "")])
    }

    @Test func `without a free connection a worker answers at once, and serves within a second of there being one`()
        throws
    {
        let server = TestServer()
        let own = try OwnService(server: server)
        try own.start()
        let user = try Hostile.user(try own.service.pool("login"))
        let root = try RootConnection(server.root)
        // Those of the service end, and others take every place.
        try root.run("SET GLOBAL max_connections = 10")
        let ours = try root.rows("SELECT id FROM information_schema.processlist WHERE user = '\(own.database)'")
        for row in ours { try root.run("KILL \(row[0] ?? "")") }
        var others: [RootConnection] = []
        while others.count < 20, let other = try? RootConnection(server.root) { others.append(other) }
        #expect((5...12).contains(others.count))

        var longest = Duration.zero
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let answer = try check(own.service, user.token)
            longest = max(longest, ContinuousClock.now - start)
            #expect(answer.status == 503 && answer["Retry-After"] == "1")
            #expect(try own.service.pool("web").send("GET", "/auth/session", more: bearer(user.token)).status == 503)
            usleep(30_000)
        }
        #expect(longest < .seconds(1))
        others = []
        #expect(try eventually(within: 1) { try check(own.service, user.token).status == 200 })
        print("no connections: longest answer \(Int(longest.milliseconds)) ms")
    }

    @Test func `a database that takes no writes answers the check, and refuses what has to be recorded`() throws {
        let server = TestServer()
        let own = try OwnService(server: server)
        try own.start()
        let login = try own.service.pool("login")
        let user = try Hostile.user(login)
        let root = try RootConnection(own.root)
        // The next use would be noted.
        try root.run("UPDATE sessions SET last_used_at = last_used_at - INTERVAL 10 MINUTE")
        try root.run("SET GLOBAL read_only = 1")
        #expect(try check(own.service, user.token).status == 200)
        #expect(try own.service.pool("web").send("GET", "/auth/session", more: bearer(user.token)).status == 200)
        let signIn = try login.post("/auth/login", #"{"username":"a1","password":"b"}"#)
        #expect(signIn.status == 503 && signIn["Retry-After"] == "1")
        try root.run("SET GLOBAL read_only = 0")
        #expect(try login.post("/auth/login", #"{"username":"a1","password":"b"}"#).status == 401)
        // What could not be noted is noted with another use.
        let isNoted = try eventually {
            #expect(try check(own.service, user.token).status == 200)
            return try root.rows(
                "SELECT COUNT(*) FROM sessions WHERE last_used_at > UTC_TIMESTAMP() - INTERVAL 1 MINUTE") != [["0"]]
        }
        #expect(isNoted)
    }

    @Test(.enabled(if: getuid() == 0, "a file system of its own is for root only"))
    func `a full disk costs refusals, is fit for use within five seconds, and damages nothing`() throws {
        let fault = try DatabaseFault(server: TestServer(isDurable: true, disk: 200))
        let process = fault.server.processID
        let log = try fault.judge(
            "disk full", plan: LoadPlan(connections: Chaos.connections, rate: 40, mix: .writing), recovery: .seconds(5)
        ) {
            fault.server.fillDisk()
            pause(seconds: Chaos.every(4, long: 30))
            fault.server.freeDisk()
        }
        #expect(!log.failures.isEmpty, "the disk was not full")
        #expect(fault.server.processID == process && isRunning(process))
        let root = try RootConnection(fault.own.root)
        for row in try root.rows("SHOW TABLES") {
            let table = row[0] ?? ""
            #expect(try root.rows("CHECK TABLE \(table)").last?[3] == "OK", "\(table)")
        }
    }
}
