import Testing

@testable import AuthFCGI

@Suite struct BackoffTests {
    @Test func `a worker that lived is replaced at once, however often`() {
        var backoff = Backoff()
        for _ in 0..<100 { #expect(backoff.delay(afterLife: 1000) == 0) }
    }

    @Test func `workers that never get ready are tried ever more slowly`() {
        var backoff = Backoff()
        let delays = (0..<10).map { _ in backoff.delay(afterLife: nil) }
        #expect(delays == [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    }

    @Test func `five young deaths are forgiven, and one long life forgives all`() {
        var backoff = Backoff()
        #expect((0..<7).map { _ in backoff.delay(afterLife: 10) } == [0, 0, 0, 0, 0, 100, 200])
        #expect(backoff.delay(afterLife: 5000) == 0)
        #expect(backoff.delay(afterLife: 10) == 0)
    }

    @Test func `a thousand deaths do not overflow the delay`() {
        var backoff = Backoff()
        for _ in 0..<1000 { #expect((0...10_000).contains(backoff.delay(afterLife: nil))) }
    }
}

@Suite struct HandoverTests {
    private let handover = Handover(
        runDirectory: "/run/a b", generation: 3, lock: 4, control: 5,
        sockets: [Handover.Socket(pool: .check, descriptor: 7, isForeign: true)],
        workers: [
            Handover.Worker(
                process: 99, pool: .login, generation: 3, startedAt: 1000, state: .ready, since: 1100, status: -1,
                scoreboard: 8)
        ], elders: [Handover.Elder(pool: .web, scoreboard: 9, since: 1_700_000_000)])
    private let text =
        "supervisor 3 4 5 /run/a b\nsocket check 7 1\nworker 99 login 3 1000 ready 1100 -1 8\nelder web 9 1700000000"

    @Test func `a supervisor writes down what it leaves, and the next reads it`() {
        #expect(handover.text == text)
        #expect(Handover(text) == handover)
    }

    @Test func `what a later version adds is passed over`() {
        let later = text.replacing("socket check 7 1", with: "socket check 7 1 2048\nmoon 4 full\nlantern")
        #expect(Handover(later) == handover)
    }

    @Test func `the way back is handed over too`() {
        var handover = handover
        handover.origin = Handover.Origin(program: 11, settings: 10, path: "/opt/a b/authfcgi")
        handover.isReturn = true
        handover.abandoned = "/run/c d"
        #expect(handover.text.contains("\norigin 11 10 /opt/a b/authfcgi\nreturn\nabandoned /run/c d\n"))
        #expect(Handover(handover.text) == handover)
        #expect(handover.descriptors.sorted() == [4, 5, 7, 8, 9, 10, 11])
    }

    @Test(arguments: ["", "supervisor", "supervisor x 4 5 /r", "supervisor 1 4 5 /r\nsocket web x 0", "worker 1"])
    func `what is not whole is not read`(_ text: String) {
        #expect(Handover(text) == nil)
        #expect(Handover(self.text + "\nworker 1") == nil)
        #expect(Handover(self.text + "\nelder web x 1") == nil)
    }
}

@Suite struct ControlTests {
    @Test func `requests are read as they are written`() {
        #expect(ControlRequest("status") == .status)
        #expect(ControlRequest("metrics") == .metrics)
        #expect(ControlRequest("scale web 3") == .scale(.web, 3))
        #expect(ControlRequest.scale(.login, 2).text == "scale login 2")
    }

    @Test(arguments: ["", "stop", "scale web", "scale none 3", "scale web x", "scale web 3 4", "status now"])
    func `other requests are not`(_ text: String) {
        #expect(ControlRequest(text) == nil)
    }

    private let report = StatusReport(
        process: 10, generation: 2, uptime: 5000, pools: [.init(pool: .web, desired: 2, restarts: 1)],
        workers: [
            .init(
                process: 11, pool: .web, generation: 2, state: .retiring, uptime: 4000, served: 7, failed: 1, busy: 30)
        ])

    @Test func `a report survives its way through the socket`() {
        let text = "supervisor 10 2 5000\npool web 2 1\nworker 11 web 2 retiring 4000 7 1 30"
        #expect(report.text == text)
        #expect(StatusReport(text) == report)
        #expect(StatusReport("supervisor 10 2 5000\npool web") == nil)
    }

    @Test func `a report is JSON for programs`() {
        let expected =
            #"{"pid":10,"generation":2,"uptime_ms":5000,"pools":[{"pool":"web","workers":2,"restarts":1}],"#
            + #""workers":[{"pid":11,"pool":"web","generation":2,"state":"retiring","uptime_ms":4000,"served":7,"#
            + #""failed":1,"busy_ms":30}]}"#
        #expect(report.json == expected)
    }
}

@Suite struct ChildTests {
    private func child(_ state: Child.State, busySince: Int64? = nil) throws -> Child {
        let scoreboard = try Scoreboard()
        if let busySince { scoreboard.begin(at: busySince) }
        return Child(
            process: 99, pool: .web, generation: 1, startedAt: 1000, state: state, since: 5000, status: nil,
            scoreboard: scoreboard, patience: 700)
    }

    @Test func `every state but an idle one and the last has its time`() throws {
        #expect(try child(.starting).deadline == 35_000)
        #expect(try child(.retiring).deadline == 5700)
        #expect(try child(.retiring, busySince: 6000).deadline == 5700)
        #expect(try child(.ready, busySince: 6000).deadline == 6700)
        #expect(try child(.ready).deadline == nil)
        #expect(try child(.killed, busySince: 6000).deadline == nil)
    }

    @Test func `a request that has ended sets no time any more`() throws {
        let child = try child(.ready, busySince: 6000)
        child.scoreboard.end(status: 200)
        #expect(child.deadline == nil)
    }

    @Test func `outside of tests it is thirty seconds`() throws {
        let child = Child(
            process: 99, pool: .web, generation: 1, startedAt: 1000, status: nil, scoreboard: try Scoreboard())
        child.enter(.ready, at: 2000)
        child.scoreboard.begin(at: 3000)
        #expect(child.deadline == 33_000)
        child.enter(.retiring, at: 4000)
        #expect(child.deadline == 34_000)
    }
}
