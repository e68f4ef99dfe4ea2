import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `The export of one's own data` {
    private let service = Service()

    private func members(_ value: JSONValue?) -> [String] {
        if case .object(let object)? = value { object.names } else { [] }
    }

    @Test func `whoever has just signed in gets everything as a file, and it is recorded`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(.post("/auth/me/export", json: [:]).with(cookie: cookie), in: &store)
            #expect(answer.status == 200)
            #expect(answer["Content-Disposition"] == "attachment; filename=\"account.json\"")
            #expect(answer["Cache-Control"]?.contains("no-store") == true)
            let json = try #require(answer.json)
            #expect(
                members(json) == [
                    "exported_at", "user", "password", "usernames", "sessions", "known_networks", "links", "mails",
                    "events", "registrations",
                ])
            #expect(json["exported_at"] == "2026-02-03T04:05:06.000000Z")
            #expect(json["user"]?["email"] == "ann@example.org")
            #expect(json["password"]?["iterations"] == 1)
            guard case .array(let sessions)? = json["sessions"], case .array(let events)? = json["events"] else {
                Issue.record("no lists")
                return
            }
            #expect(sessions.count == 1)
            #expect(sessions.first?["address"] == "127.0.0.1")
            #expect(sessions.first?["user_agent"] == "Test/1.0")
            #expect(events.map { $0["event"] } == ["user.registered"])
            #expect(events.first?["address"] == "127.0.0.1")
            #expect(events.first?["user_agent"] == "Test/1.0")
            #expect(!answer.text.contains(cookie.dropFirst("__Host-sid=".count)))
            #expect(try store.auditEvents().last?.event == "user.exported")
            #expect(try store.auditEvents().last?.actor == "user")
        }
    }

    @Test func `whoever signed in longer ago proves first who he is`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let visit = Visit.post("/auth/me/export", json: [:]).with(cookie: cookie)
            service.clock.advance(by: .minutes(10))
            #expect(service.send(visit, in: &store).status == 200)
            service.clock.advance(by: .seconds(1))
            let refused = service.send(visit, in: &store)
            #expect(refused.status == 403 && refused.code == "reauth_required")
            #expect(try store.auditEvents().count { $0.event == "user.exported" } == 1)
            #expect(service.send(.post("/auth/me/export", json: [:]), in: &store).status == 401)
        }
    }

    @Test func `a mailed code proves it as well`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let ann = try #require(try store.user(withUsername: Username(stored: "ann")))
            var session = try #require(try store.sessions(of: ann.id, at: service.clock.now()).first)
            service.clock.advance(by: .hours(1))
            session.confirmedAt = service.clock.now()
            let caller = Caller(user: ann, session: session)
            service.clock.advance(by: .minutes(10))
            _ = try service.app.users.exportOwn(caller, from: .command, in: &store)
            service.clock.advance(by: .seconds(1))
            #expect(throws: Failure.self) {
                _ = try service.app.users.exportOwn(caller, from: .command, in: &store)
            }
        }
    }
}

extension Origin {
    fileprivate static let command = Origin(
        address: .local, userAgent: nil, requestID: RequestID(at: Instant(seconds: 1_770_091_506)))
}
