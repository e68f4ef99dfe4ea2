import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Rules for every request` {
    private let service = Service()

    @Test(arguments: [
        ("GET", "/auth/logout", "POST"), ("PUT", "/auth/me", "DELETE, GET, HEAD, PATCH, POST"),
        ("POST", "/auth/session", "GET, HEAD"), ("TRACE", "/auth/session", "GET, HEAD"),
    ])
    func `a wrong method is 405 with the right ones`(method: String, path: String, allowed: String) throws {
        try withStore { store throws in
            let answer = service.send(Visit(method, path), in: &store)
            #expect(answer.status == 405)
            #expect(answer["Allow"] == allowed)
        }
    }

    @Test(arguments: ["/auth/nothing", "/auth", "/auth/", "/auth/session/", "/Auth/session", "/auth/sessions/a/b"])
    func `an unknown path is 404`(path: String) throws {
        try withStore { store throws in
            #expect(service.send(.get(path), in: &store).status == 404)
        }
    }

    @Test(arguments: [
        ("/auth/session", "/auth/x/../session"), ("/auth/session", "/auth//session"),
        ("/auth/session", "/auth/%73ession"),
        ("/auth/session", "/auth/session%00"), ("/auth/session;a", "/auth/session;a"),
        ("/auth/session", "/auth/%2e/session"),
    ])
    func `a path with two spellings is 400`(document: String, request: String) throws {
        try withStore { store throws in
            let visit = Visit.get(request).with(.documentURI, document)
            #expect(service.send(visit, to: .web, in: &store).status == 400)
        }
    }

    @Test(arguments: [
        ("text/plain", 415), ("multipart/form-data; boundary=x", 415), ("application/xml", 415), ("", 415),
        ("application/json; charset=latin1", 415), ("application/merge-patch+json", 415),
        ("application/json; charset=utf-8", 401),
    ])
    func `only the types of the route are read`(type: String, status: Int) throws {
        try withStore { store throws in
            let body = Array(#"{"username":"ann","password":"wrong"}"#.utf8)
            #expect(service.send(Visit("POST", "/auth/login").with(type: type, body), in: &store).status == status)
        }
    }

    @Test func `a large body is 413 and a short one 400`() throws {
        try withStore { store throws in
            var visit = Visit.post("/auth/login", json: [:])
            visit.body = .tooLarge
            #expect(service.send(visit, in: &store).status == 413)
            visit.body = .truncated
            #expect(service.send(visit, in: &store).status == 400)
        }
    }

    @Test(arguments: [
        "{", "[]", "null", "{\"username\":\"a\",\"username\":\"b\"}", "{\"username\":\"\\u0000\"}",
        "{\"username\":\"\\ud800\"}",
        "{\"username\":\"a\"} x", "\u{FEFF}{}",
    ])
    func `JSON is read strictly`(text: String) throws {
        try withStore { store throws in
            let answer = service.send(
                Visit("POST", "/auth/login").with(type: "application/json", Array(text.utf8)), in: &store)
            #expect(answer.status == 400)
        }
    }

    @Test func `unknown names in JSON are refused one by one`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post("/auth/login", json: ["username": "a", "password": "b", "is_admin": true, "userId": 1]),
                in: &store)
            #expect(answer.status == 422)
            #expect(answer.code == "unknown_field")
            #expect(answer.text.contains("/is_admin") && answer.text.contains("/userId"))
        }
    }

    /// Security 0.7: a number never becomes a text that is compared.
    @Test(arguments: [JSONValue.integer(0), .bool(true), .null, [], .object(JSONObject())])
    func `a value of another type is refused`(value: JSONValue) throws {
        try withStore { store throws in
            for field in ["username", "password"] {
                var body: JSONValue = ["username": "ann", "password": "secret"]
                body[field] = value
                #expect(service.send(.post("/auth/login", json: body), in: &store).status == 422)
            }
        }
    }

    @Test func `an unknown field is pointed to by RFC 6901, whatever its name`() throws {
        try withStore { store throws in
            let body: JSONValue = ["username": "ann", "password": "secret", "a/b~c": 1]
            let answer = service.send(.post("/auth/login", json: body), in: &store)
            guard case .array(let errors)? = answer.json?["errors"] else { return #expect(Bool(false), "no errors") }
            #expect(errors.first?["pointer"] == "/a~1b~0c")
        }
    }

    @Test func `a request that waited too long is not worked on`() throws {
        try withStore { store throws in
            let old = (service.clock.now() - .milliseconds(1001)).milliseconds
            let stamp = "\(old / 1000).\(String(old % 1000 + 1000).dropFirst())"
            let login = Visit.post("/auth/login", json: ["username": "a", "password": "b"]).with(.receivedAt, stamp)
            let answer = service.send(login, in: &store)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "1")
            #expect(service.send(Visit.get("/auth/session").with(.receivedAt, stamp), in: &store).status == 401)
        }
    }

    @Test func `every answer says how it may be kept and read`() throws {
        try withStore { store throws in
            for visit in [Visit.get("/auth/session"), .get("/auth/password-policy"), .get("/auth/nothing")] {
                let answer = service.send(visit, in: &store)
                #expect(answer["Cache-Control"] == "no-store")
                #expect(answer["X-Content-Type-Options"] == "nosniff")
                #expect(answer["Referrer-Policy"] == "same-origin")
                #expect(answer["Cross-Origin-Opener-Policy"] == "same-origin")
                #expect(answer["X-Request-Id"]?.count == 36)
                #expect(answer["Vary"] == "Cookie, Authorization, Accept")
                #expect(answer["Access-Control-Allow-Origin"] == nil)
            }
        }
    }

    @Test func `a problem has the members of every client`() throws {
        try withStore { store throws in
            let answer = service.send(.get("/auth/session"), in: &store)
            #expect(answer["Content-Type"] == "application/problem+json")
            let json = answer.json
            #expect(json?["type"] == "https://example.org/auth/errors#authentication_required")
            #expect(json?["status"] == 401)
            #expect(json?["code"] == "authentication_required")
            #expect(json?["error_code"] == "authentication_required")
            #expect(json?["success"] == false)
            #expect(json?["message"] == json?["detail"])
            #expect(json?["trace_id"]?.text == answer["X-Request-Id"])
        }
    }
}
