import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Plain forms` {
    private let service = Service()

    @Test func `an accepted form leads to return_to with 303`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                .post("/auth/login", form: "username=ann&password=correct+horse+battery&return_to=%2Fmembers%2F"),
                in: &store)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/members/")
            #expect(answer.sessionCookie != nil)
        }
    }

    @Test(arguments: ["//evil.example/", "https://evil.example/", "/\\evil", "javascript:alert(1)", "%09//evil"])
    func `a strange return_to leads home`(target: String) throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                .post("/auth/login", form: "username=ann&password=correct+horse+battery&return_to=\(target)"),
                in: &store)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/")
        }
    }

    @Test func `return_to of the page's own address is followed`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                Visit.post("/auth/login", form: "username=ann&password=correct+horse+battery")
                    .with(.referer, "https://example.org/signin.html?return_to=%2Fmembers%2Ftwo%3Fx%3D1"), in: &store)
            #expect(answer["Location"] == "/members/two?x=1")
        }
    }

    @Test func `a refused form leads back to its page with code, field and fragment`() throws {
        try withStore { store throws in
            let answer = service.send(
                Visit.post("/auth/login", form: "username=ann&password=wrong")
                    .with(.referer, "https://example.org/signin.html?return_to=%2Fmembers%2F"), in: &store)
            #expect(answer.status == 303)
            #expect(
                answer["Location"]
                    == "/signin.html?return_to=%2Fmembers%2F&error=authentication_failed&field=username#authentication_failed"
            )
        }
    }

    /// With a redirect, `Retry-After` would have the client wait before it follows (RFC 9110, 10.2.3).
    @Test func `a form that was sent too often leads back without making the browser wait`() throws {
        try withStore { store throws in
            let strict = Service { $0.limits.signInPair = Budget(burst: 1, every: .minutes(15)) }
            let form = Visit.post("/auth/login", form: "username=ann&password=wrong&error_to=%2Fsignin.html")
            _ = strict.send(form, in: &store)
            let answer = strict.send(form, in: &store)
            #expect(answer["Location"] == "/signin.html?error=rate_limited#rate_limited")
            #expect(answer["Retry-After"] == nil)
            let program = Visit.post("/auth/login", json: ["username": "ann", "password": "wrong"])
            #expect(strict.send(program, in: &store)["Retry-After"] == "900")
        }
    }

    @Test func `what was typed is kept for the page, secrets are not`() throws {
        try withStore { store throws in
            let refused = service.send(
                .post(
                    "/auth/register", form: "email=nonsense&name=Ann&password=canary-secret-1&error_to=%2Fregister.html"
                ),
                in: &store)
            #expect(refused["Location"] == "/register.html?error=invalid_email&field=email#invalid_email")
            let cookie = refused.all("Set-Cookie").first { $0.hasPrefix("__Host-flash=") } ?? ""
            let value = String(cookie.split(separator: ";")[0])
            let flash = service.send(Visit.get("/auth/flash").with(.cookie, value), in: &store)
            #expect(flash.json?["error"] == "invalid_email")
            #expect(flash.json?["field"] == "email")
            #expect(flash.json?["values"] == ["email": "nonsense", "name": "Ann"])
            #expect(flash.all("Set-Cookie").first?.contains("Max-Age=0") == true)
        }
    }

    @Test func `without a page to go back to there is a page of ours`() throws {
        try withStore { store throws in
            let answer = service.send(.post("/auth/login", form: "username=ann&password=wrong"), in: &store)
            #expect(answer.status == 422)
            #expect(answer["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer.text.contains("data-error-code=\"authentication_failed\""))
            #expect(answer["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        }
    }

    @Test func `a form may ask for JSON`() throws {
        try withStore { store throws in
            let answer = service.send(
                Visit.post("/auth/login", form: "username=ann&password=wrong").with(.accept, "application/json"),
                in: &store)
            #expect(answer.status == 401)
            #expect(answer.code == "authentication_failed")
        }
    }

    @Test func `a form of a foreign site is refused without a way back`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                Visit.post("/auth/login", form: "username=ann&password=correct+horse+battery&error_to=%2Fx")
                    .with(.origin, "https://evil.example"), in: &store)
            #expect(answer.status == 403)
            #expect(answer.sessionCookie == nil)
        }
    }

    @Test(arguments: ["role=admin", "is_admin=1", "id=1", "user_id=1", "sub=1", "is_verified=1", "tier=1"])
    func `a form with a privileged field is refused`(extra: String) throws {
        try withStore { store throws in
            let answer = service.send(
                Visit.post("/auth/register", form: "email=a%40example.org&password=correct+horse+battery&\(extra)")
                    .with(.accept, "application/json"), in: &store)
            #expect(answer.status == 422)
            #expect(answer.code == "unknown_field")
        }
    }

    @Test func `an empty field of a profile form clears and an absent one stays`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let full = Visit.post("/auth/me", form: "name=Ann&picture=https%3A%2F%2Fexample.org%2Fa.png")
            _ = service.send(full.with(cookie: cookie), in: &store)
            _ = service.send(Visit.post("/auth/me", form: "name=").with(cookie: cookie), in: &store)
            let me = service.send(Visit.get("/auth/me").with(cookie: cookie), in: &store).json
            #expect(me?["name"] == JSONValue.null)
            #expect(me?["picture"] == "https://example.org/a.png")
            #expect(me?["preferred_username"] == "ann")
        }
    }
}
