import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `The profile of opaque session ids` {
    private let service = Service.withProfiles
    private let base = "/compat/skill/auth"

    @Test(arguments: ["raw_password", "password"])
    func `registering answers a session whose id is the bearer token`(field: String) throws {
        try withStore { store throws in
            let answer = service.send(register(field), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json?.names == ["id", "expires_at", "expires_in"])
            #expect(answer.json?["expires_in"] == 7200)
            let end = (service.clock.now() + .hours(2)).rfc3339
            #expect(answer.json?["expires_at"] == .string(end))
            #expect(answer.all("Set-Cookie").isEmpty)
            let token = answer.json?["id"]?.text ?? ""
            #expect(token.wholeMatch(of: /s_[A-Za-z0-9_-]{86}/) != nil)
            let session = service.send(Visit.get("/auth/session").with(bearer: token), in: &store)
            #expect(session.json?["user"]?["name"] == "Ann O'Brien")
            // The database has the token's hash only.
            #expect(session.json?["session"]?["id"]?.text != token)
        }
    }

    @Test func `signing in answers another session and keeps the first`() throws {
        try withStore { store throws in
            let first = service.send(register("raw_password"), in: &store).json?["id"]?.text ?? ""
            let answer = service.send(signIn("ann@example.org", goodPassword), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json?.names == ["id", "expires_at", "expires_in"])
            let second = answer.json?["id"]?.text ?? ""
            #expect(second != first)
            for token in [first, second] {
                #expect(service.send(Visit.get("/auth/session").with(bearer: token), in: &store).status == 200)
                #expect(
                    service.send(Visit.get("/auth/session").with(cookie: "__Host-sid=\(token)"), in: &store).status
                        == 401)
            }
        }
    }

    @Test(arguments: [("ann@example.org", "wrong"), ("nobody@example.org", "wrong"), ("", "wrong")])
    func `every failed sign-in is the same 401`(email: String, password: String) throws {
        try withStore { store throws in
            _ = service.send(register("raw_password"), in: &store)
            let answer = service.send(signIn(email, password), in: &store)
            #expect(answer.status == 401)
            #expect(
                answer.json
                    == json(
                        """
                        {"detail": "The name or the password is not right.", "error_code": "authentication_failed"}
                        """))
        }
    }

    @Test func `refusals have a detail and a code`() throws {
        try withStore { store throws in
            _ = service.send(register("raw_password"), in: &store)
            let taken = service.send(register("raw_password"), in: &store)
            #expect(taken.status == 409)
            #expect(
                taken.json
                    == json(
                        """
                        {"detail": "There is an account with this e-mail address already.", "error_code": "email_taken"}
                        """))
            let weak = service.send(
                .post(
                    "\(base)/register",
                    json: ["email": "b@example.org", "display_name": "B", "raw_password": "short"]),
                in: &store)
            #expect(weak.status == 422)
            #expect(weak.json?["error_code"] == "too_short")
            guard case .array(let details)? = weak.json?["detail"] else {
                Issue.record("no list")
                return
            }
            #expect(details.first?["loc"] == ["body", "raw_password"])
            #expect(details.first?["msg"] == "The password needs at least 15 characters.")
        }
    }

    @Test(arguments: [
        (#"{"email": "a@example.org"}"#, 422), (#"{"email": "a@example.org", "password": null}"#, 422),
        (#"{"email": ["a@example.org"], "password": "x"}"#, 422), (#"{"email": "#, 400), (#"[]"#, 400),
        (#"{"email": "a@example.org", "email": "b@example.org", "password": "x"}"#, 400),
        (#"{"email": "a@example.org", "password": "x", "remember": true}"#, 422),
    ])
    func `a body that is no sign-in is refused in the same shape`(body: String, status: Int) throws {
        try withStore { store throws in
            let answer = service.send(
                Visit("POST", "\(base)/login").with(type: "application/json", Array(body.utf8)), in: &store)
            #expect(answer.status == status)
            #expect(answer.json?.names == ["detail", "error_code"])
        }
    }

    @Test func `two passwords are one too many`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post(
                    "\(base)/register",
                    json: [
                        "email": "a@example.org", "display_name": "A", "password": .string(goodPassword),
                        "raw_password": .string(goodPassword),
                    ]), in: &store)
            #expect(answer.status == 400)
            #expect(answer.json?["error_code"] == "duplicate_field")
        }
    }

    private func register(_ field: String) -> Visit {
        .post(
            "\(base)/register",
            json: .object(
                JSONObject([
                    ("email", "ann@example.org"), ("display_name", "Ann O'Brien"), (field, .string(goodPassword)),
                ])))
    }

    private func signIn(_ email: String, _ password: String) -> Visit {
        .post("\(base)/login", json: ["email": .string(email), "password": .string(password)])
    }
}
