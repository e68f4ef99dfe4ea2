import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Changes of the address and proofs over HTTP` {
    private let service = Service()

    /// A secret that was mailed.
    private func mailed(_ name: String, in store: inout Store) throws(Failure) -> String {
        let mails = try store.dueMail(at: service.clock.now(), limit: 100)
        return mails.compactMap { $0.values?[name] }.last ?? ""
    }

    private func verify(_ name: String, in store: inout Store) throws {
        let email = try #require(EmailAddress("\(name)@example.org"))
        let user = try #require(try store.user(withEmail: email))
        let now = service.clock.now()
        #expect(try store.setEmail(email, of: user.id, verifiedAt: now - .days(7), at: now))
    }

    @Test func `an address is changed by the link, and taken back by the other`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            try verify("ann", in: &store)
            let begun = service.send(
                .post("/auth/email", json: ["email": "ann@example.net"]).with(cookie: cookie), in: &store)
            #expect(begun.status == 202 && begun.json == ["success": true])
            let token = try mailed("email_token", in: &store)
            let link = "/auth/email/confirm?token=\(token)"
            let shown = service.send(.get(link), in: &store)
            #expect(shown.json == ["valid": true, "email": "ann@example.net", "proof": "password"])
            let known = service.send(.get(link).with(cookie: cookie), in: &store)
            #expect(known.json == ["valid": true, "email": "ann@example.net", "proof": "browser"])
            let alone = Visit.post("/auth/email/confirm", json: ["token": .string(token)])
            let refused = service.send(alone, in: &store)
            #expect(refused.status == 422 && refused.code == "proof_required")
            let done = service.send(alone.with(cookie: cookie), in: &store)
            #expect(done.status == 200 && done.json == ["success": true])
            let me = service.send(.get("/auth/me").with(cookie: cookie), in: &store)
            #expect(me.json?["email"] == "ann@example.net" && me.json?["email_verified"] == true)

            let undo = try mailed("undo_token", in: &store)
            let offered = service.send(.get("/auth/email/undo?token=\(undo)"), in: &store)
            #expect(offered.json == ["valid": true, "email": "ann@example.org"])
            let held = service.send(
                .post("/auth/email", json: ["email": "b@example.net"]).with(cookie: cookie), in: &store)
            #expect(held.status == 403 && held.code == "account_on_hold")
            let undone = service.send(.post("/auth/email/undo", form: "token=\(undo)"), in: &store)
            #expect(undone.status == 303)
            #expect(service.send(.get("/auth/me").with(cookie: cookie), in: &store).status == 401)
            #expect(try store.outbox().filter { $0.template == "recovery" }.map(\.recipient) == ["ann@example.org"])
        }
    }

    /// Security C1, E4: scanners follow links, and forms say what they like.
    @Test func `GET and HEAD use nothing up, and nothing but the token is read`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let other = service.register("bob", in: &store)
            _ = service.send(.post("/auth/email", json: ["email": "ann@example.net"]).with(cookie: cookie), in: &store)
            let token = try mailed("email_token", in: &store)
            for method in ["GET", "HEAD", "GET", "GET"] {
                #expect(service.send(Visit(method, "/auth/email/confirm?token=\(token)"), in: &store).status == 200)
            }
            let form = "token=\(token)&email=bob@example.net&next=x"
            let strange = service.send(.post("/auth/email/confirm", form: form).with(cookie: other), in: &store)
            // The page once more, for the password of the account that the link is about.
            #expect(strange.status == 422 && strange["Location"] == nil)
            let page = Markup(text: strange.text)
            #expect(page.faults == [] && page.field("password")?["aria-describedby"] == "proof_required")
            let done = service.send(
                .post("/auth/email/confirm", form: "\(form)&password=correct+horse+battery").with(cookie: other),
                in: &store)
            #expect(done.status == 303)
            #expect(
                service.send(.get("/auth/me").with(cookie: cookie), in: &store).json?["email"] == "ann@example.net")
            #expect(service.send(.get("/auth/me").with(cookie: other), in: &store).json?["email"] == "bob@example.org")
        }
    }

    @Test(arguments: ["/auth/email/confirm", "/auth/email/undo"])
    func `a link without a token, or with one that is not ours, is refused`(path: String) throws {
        try withStore { store throws in
            let missing = service.send(.get(path), in: &store)
            #expect(missing.status == 410 && missing.code == "link_invalid")
            let unknown = service.send(.get(path + "?token=o_x"), in: &store)
            #expect(unknown.status == 410 && unknown.code == "link_invalid")
            let posted = service.send(.post(path, json: ["token": "o_x"]), in: &store)
            #expect(posted.status == 410 && posted.code == "link_invalid")
            #expect(service.send(.get(path + "?token=a&token=b"), in: &store).status == 400)
        }
    }

    /// Security S7.
    @Test(arguments: [
        ("POST", "/auth/email", #"{"email":"ann@example.net"}"#), ("DELETE", "/auth/me", "{}"),
        ("POST", "/auth/me/delete", "{}"),
    ])
    func `what is sensitive wants a fresh session`(method: String, path: String, body: String) throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            service.clock.advance(by: .minutes(11))
            let visit = Visit(method, path).with(type: "application/json", Array(body.utf8)).with(cookie: cookie)
            let refused = service.send(visit, in: &store)
            #expect(refused.status == 403 && refused.code == "reauth_required")
            let proved = service.send(
                .post("/auth/confirm", json: ["current_password": .string(goodPassword)]).with(cookie: cookie),
                in: &store)
            #expect(proved.status == 200)
            #expect([200, 202].contains(service.send(visit, in: &store).status))
        }
    }

    @Test func `a bearer session proves by a code, which deletes and does not change the address`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            try verify("ann", in: &store)
            let signedIn = service.send(
                .post(
                    "/auth/login", json: ["username": "ann", "password": .string(goodPassword), "carrier": "token"]),
                in: &store)
            let bearer = try #require(signedIn.json?["token"]?.text)
            let time = try #require(signedIn.json?["session"]?["auth_time"]?.text)
            #expect(time == "2026-02-03T04:05:06.000000Z")
            let fresh = service.send(.get("/auth/confirm").with(bearer: bearer), in: &store)
            #expect(
                fresh.json == [
                    "methods": ["password", "email_code"], "fresh": true, "fresh_until": "2026-02-03T04:15:06.000000Z",
                ])
            service.clock.advance(by: .minutes(11))
            let stale = service.send(.get("/auth/confirm").with(bearer: bearer), in: &store)
            #expect(stale.json?["fresh"] == false && stale.json?["fresh_until"] == .null)
            let sent = service.send(.post("/auth/confirm/code", json: [:]).with(bearer: bearer), in: &store)
            #expect(sent.status == 202)
            let code = try mailed("code", in: &store)
            let wrong = service.send(
                .post("/auth/confirm", json: ["code": "1234"]).with(bearer: bearer), in: &store)
            #expect(wrong.status == 422 && wrong.code == "invalid_code")
            let proved = service.send(
                .post("/auth/confirm", json: ["code": .string(code)]).with(bearer: bearer), in: &store)
            #expect(proved.status == 200)
            let moved = service.send(
                .post("/auth/email", json: ["email": "ann@example.net"]).with(bearer: bearer), in: &store)
            #expect(moved.code == "reauth_required")
            let deleted = service.send(Visit("DELETE", "/auth/me").with(bearer: bearer), in: &store)
            #expect(deleted.status == 200)
        }
    }

    @Test func `a proof without a proof is refused, and so is a stranger's`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let empty = service.send(
                .post("/auth/confirm", form: "current_password=&code=").with(cookie: cookie),
                in: &store)
            #expect(empty.status == 422)
            let none = service.send(.post("/auth/confirm", json: [:]).with(cookie: cookie), in: &store)
            #expect(none.status == 422 && none.code == "required")
            for visit in [
                Visit.get("/auth/confirm"), .post("/auth/confirm", json: ["code": "12345678"]),
                .post("/auth/confirm/code", json: [:]), .post("/auth/email", json: ["email": "a@example.net"]),
            ] {
                #expect(service.send(visit, in: &store).status == 401)
            }
            let unproved = service.send(.post("/auth/confirm/code", json: [:]).with(cookie: cookie), in: &store)
            #expect(unproved.status == 403 && unproved.code == "email_not_verified")
        }
    }

    @Test func `the profile says where the address is changed`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(
                Visit("PATCH", "/auth/me").with(
                    type: "application/json", (["email": "b@example.org"] as JSONValue).encoded()
                ).with(cookie: cookie), in: &store)
            #expect(answer.code == "not_available")
            #expect(answer.text.contains("by a link that is mailed to the new one"))
        }
    }
}
