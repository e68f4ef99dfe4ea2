import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// What `login_total` says of a sign-in, wherever on its way it ended.
@Suite struct LoginCountTests {
    private let scoreboard: Scoreboard
    private let service: Service

    init() throws {
        let scoreboard = try Scoreboard()
        scoreboard.describe()
        self.scoreboard = scoreboard
        service = Service(meter: Meter(scoreboard)) { $0.compat.boilerplate = "/boilerplate" }
    }

    private var counted: [String: UInt64] {
        let start = MetricLayout.own.start(of: "login_total") ?? 0
        let counts = scoreboard.counts
        let outcomes = LoginOutcome.allCases.map { ($0.labels, counts[start + $0.rawValue]) }
        return Dictionary(uniqueKeysWithValues: outcomes.filter { $0.1 > 0 })
    }

    private func login(_ body: JSONValue) -> Visit { .post("/auth/login", json: body) }

    @Test func `a sign-in is counted under what the client is told`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            #expect(counted.isEmpty)
            let good: JSONValue = ["username": "ann", "password": .string(goodPassword)]
            #expect(service.send(login(good), in: &store).status == 200)
            #expect(
                service.send(.post("/boilerplate/login", json: good), in: &store).status == 200)
            let wrong: JSONValue = ["username": "ann", "password": "wrong but long enough"]
            #expect(service.send(login(wrong), in: &store).code == "authentication_failed")
            for incomplete: JSONValue in [["username": "ann"], ["password": "x"], ["username": 1, "password": "x"]] {
                _ = service.send(login(incomplete), in: &store)
            }
            _ = service.send(login(good).with(.secFetchSite, "cross-site"), in: &store)
            #expect(
                counted == [
                    "success,password": 2, "failure,authentication_failed": 1, "failure,invalid": 3, "failure,other": 1,
                ])
        }
    }

    @Test func `a sign-in for which there is no room or no time is counted as busy`() throws {
        try withStore { store throws in
            let visit = login(["username": "ann", "password": .string(goodPassword)])
            #expect(service.turnAway(visit).status == 503)
            let late = service.clock.now() - .seconds(5)
            #expect(service.send(visit.with(.receivedAt, "\(late.seconds).000"), in: &store).status == 503)
            #expect(service.turnAway(.get("/auth/session")).status == 503)
            #expect(counted == ["error,service_busy": 2])
        }
    }
}
