import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `"This was not me" over HTTP` {
    private let service = Service()

    private func link(in store: inout Store) throws -> String {
        let mails = try store.dueMail(at: service.clock.now(), limit: 1000)
        let secrets = mails.compactMap { $0.values?["not_me_token"] }
        return try #require(secrets.last)
    }

    /// Ann's session in the browser in which she registered; she has proved her address.
    private func settle(in store: inout Store) throws -> String {
        let cookie = service.register("ann", in: &store)
        let ann = try #require(try store.user(withUsername: Username(stored: "ann")))
        #expect(try store.noteProof(of: ann.email, by: ann.id, at: service.clock.now()))
        return cookie
    }

    private func signIn(_ password: String = goodPassword, in store: inout Store) -> Response {
        service.send(
            Visit.post("/auth/login", json: ["username": "ann", "password": .string(password)])
                .with(.remoteAddress, "203.0.113.5"), in: &store)
    }

    @Test func `the link of a notice says what it will do, and does it once`() throws {
        try withStore { store throws in
            let own = try settle(in: &store)
            // 2026-02-03T04:05:36Z
            service.clock.advance(by: .seconds(30))
            let strange = try #require(signIn(in: &store).sessionCookie)
            let token = try link(in: &store)
            service.clock.advance(by: .hours(1))
            for method in ["GET", "HEAD"] {
                let told = service.send(Visit(method, "/auth/not-me?token=\(token)"), in: &store)
                #expect(told.status == 200)
                #expect(
                    told.json == [
                        "event": "session.signed_in", "at": "2026-02-03T04:05:36.000000Z",
                        "will": ["end_sessions", "block_password", "start_recovery"],
                    ])
            }
            let live = { (cookie: String, store: inout Store) in
                service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 200
            }
            #expect(live(strange, &store))
            let done = service.send(
                Visit.post("/auth/not-me", json: ["token": .string(token)]).with(cookie: own), in: &store)
            #expect(done.json == ["success": true])
            #expect(done.all("Set-Cookie").first?.hasPrefix("__Host-sid=; ") == true)
            #expect(!live(own, &store))
            #expect(!live(strange, &store))
            #expect(signIn(in: &store).status == 401)
            let again = service.send(.post("/auth/not-me", json: ["token": .string(token)]), in: &store)
            #expect(again.status == 410)
            #expect(again.code == "link_invalid")
            #expect(service.send(.get("/auth/not-me?token=\(token)"), in: &store).code == "link_invalid")
        }
    }

    @Test func `it is refused after three days`() throws {
        try withStore { store throws in
            _ = try settle(in: &store)
            _ = signIn(in: &store)
            let token = try link(in: &store)
            service.clock.advance(by: .hours(72))
            #expect(service.send(.get("/auth/not-me?token=\(token)"), in: &store).code == "link_expired")
            let late = service.send(.post("/auth/not-me", json: ["token": .string(token)]), in: &store)
            #expect(late.code == "link_expired")
            #expect(signIn(in: &store).status == 200)
        }
    }
}
