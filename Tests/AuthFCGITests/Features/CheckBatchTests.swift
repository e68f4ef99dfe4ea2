import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// Checks that came together are answered from one statement (docs/adr/0028), each as if it had come by itself.
@Suite struct `Checks that came together` {
    private let service = Service()

    /// Status, reason, and the name that a page gets to know.
    private func send(_ visits: [Visit], in store: inout Store) -> [String] {
        var answers: [Response] = []
        service.pipeline(.check).respond(to: visits.map(service.request), with: &store) { index, response in
            #expect(index == answers.count)
            answers.append(response)
        }
        return answers.map { answer in
            let name = answer["X-Auth-Request-Preferred-Username"] ?? ""
            return ["\(answer.status)", answer["X-Auth-Reason"] ?? "", name].filter { !$0.isEmpty }.joined(
                separator: " ")
        }
    }

    /// Cookies of some people, in a store that has seen the triggers.
    private func withPeople(_ names: [String], _ body: (inout Store, [String: String]) throws -> Void) throws {
        try withStore { store throws in
            try store.lookAtTriggers(at: service.clock.now())
            var cookies: [String: String] = [:]
            for name in names { cookies[name] = service.register(name, in: &store) }
            try body(&store, cookies)
        }
    }

    @Test func `everybody gets his own answer, and all cost one statement`() throws {
        try withPeople(["ann", "bob", "eve"]) { store, cookies throws in
            let check = Visit.check("")
            let visits = [
                check.with(cookie: cookies["bob"] ?? ""), check,
                check.with(cookie: "__Host-sid=" + SessionToken.random().reveal()),
                check.with(cookie: cookies["ann"] ?? ""),
                check.with(cookie: cookies["bob"] ?? "").with(bearer: SessionToken.random().reveal()),
                Visit.check("verified=1").with(cookie: cookies["bob"] ?? ""),
                Visit.check("optional=1").with(cookie: "__Host-sid=nothing"),
                Visit.check("role=admin").with(cookie: cookies["eve"] ?? ""),
            ]
            let expected = [
                "200 bob", "401 authentication_required", "401 session_expired", "200 ann", "401 ambiguous_credentials",
                "403 email_not_verified", "200", "403 policy_invalid",
            ]
            store.startTrace()
            #expect(send(visits, in: &store) == expected)
            #expect(store.takeTrace().count == 1)
            #expect(send(visits.reversed(), in: &store) == expected.reversed())
        }
    }

    @Test func `who has ended his session is out with the next ones`() throws {
        try withPeople(["ann", "bob"]) { store, cookies throws in
            let visits = ["ann", "bob", "ann"].map { Visit.check("").with(cookie: cookies[$0] ?? "") }
            #expect(send(visits, in: &store) == ["200 ann", "200 bob", "200 ann"])
            let end = Visit.post("/auth/logout", json: [:]).with(cookie: cookies["ann"] ?? "")
            #expect(service.send(end, in: &store).status == 200)
            #expect(send(Array(visits.prefix(1)), in: &store) == ["401 session_expired"])
            #expect(send(visits, in: &store) == ["401 session_expired", "200 bob", "401 session_expired"])
        }
    }

    @Test func `a token for one carrier is none for the other`() throws {
        try withPeople(["ann", "bob"]) { store, cookies throws in
            let token = String((cookies["ann"] ?? "").dropFirst("__Host-sid=".count))
            let visits = [Visit.check("").with(bearer: token), .check("").with(cookie: cookies["ann"] ?? "")]
            #expect(send(visits, in: &store) == ["401 session_expired", "200 ann"])
        }
    }

    @Test func `one that has waited for too long does not take the time of the others`() throws {
        try withSchema { schema throws in
            let limits = DatabaseLimits(
                wait: 20, statement: .seconds(20), operation: .seconds(20), request: .seconds(2))
            var store = schema.store(limits: limits)
            try store.lookAtTriggers(at: service.clock.now())
            let cookies = ["ann": service.register("ann", in: &store), "bob": service.register("bob", in: &store)]
            let now = service.clock.now().milliseconds
            func visit(_ name: String, since age: Int64) -> Visit {
                let stamp = "\((now - age) / 1000)." + String(String(1000 + (now - age) % 1000).dropFirst())
                return Visit.check("").with(cookie: cookies[name] ?? "").with(.receivedAt, stamp)
            }
            let visits = [visit("ann", since: 2100), visit("bob", since: 10), visit("ann", since: 0)]
            store.startTrace()
            #expect(send(visits, in: &store) == ["503", "200 bob", "200 ann"])
            #expect(store.takeTrace().count == 1)
        }
    }

    @Test func `a database that is gone refuses each of them`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            var store = schema.store(through: proxy)
            try store.lookAtTriggers(at: service.clock.now())
            proxy.end()
            let visits = (0..<4).map { _ in
                Visit.check("").with(cookie: "__Host-sid=" + SessionToken.random().reveal())
            }
            #expect(send(visits, in: &store) == ["503", "503", "503", "503"])
        }
    }
}
