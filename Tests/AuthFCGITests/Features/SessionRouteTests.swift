import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Sessions over HTTP` {
    private let service = Service()

    @Test func `registering answers 201 with the session, its cookie, and the mark of a known browser`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post(
                    "/auth/register",
                    json: ["email": "ann@example.org", "name": "Ann", "password": .string(goodPassword)]), in: &store)
            #expect(answer.status == 201)
            #expect(answer.json?["user"]?["email"] == "ann@example.org")
            #expect(answer.json?["user"]?["email_verified"] == false)
            #expect(answer.json?["session"]?["amr"] == ["pwd"])
            #expect(answer.json?["session"]?["expires_in"] == 7200)
            let cookie = answer.all("Set-Cookie")
            #expect(cookie.count == 2)
            #expect(
                cookie[0].wholeMatch(of: /__Host-sid=s_[A-Za-z0-9_-]{86}; Path=\/; Secure; HttpOnly; SameSite=Lax/)
                    != nil)
            #expect(
                cookie[1].wholeMatch(
                    of: /__Host-device=[A-Za-z0-9_-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000/)
                    != nil)
        }
    }

    @Test(arguments: ["username", "email", "identifier", "login", "preferred_username"])
    func `signing in takes every usual name of the field`(field: String) throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                .post("/auth/login", json: .object(JSONObject([(field, "ann"), ("password", .string(goodPassword))]))),
                in: &store)
            #expect(answer.status == 200)
            #expect(answer.sessionCookie != nil)
        }
    }

    @Test func `a remembered session has a cookie that outlives the browser`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                .post("/auth/login", json: ["username": "ann", "password": .string(goodPassword), "remember": true]),
                in: &store)
            #expect(answer.all("Set-Cookie").first?.contains("; Max-Age=2592000") == true)
        }
    }

    @Test func `carrier token issues a bearer token and no cookie`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let answer = service.send(
                .post("/auth/login", json: ["username": "ann", "password": .string(goodPassword), "carrier": "token"]),
                in: &store)
            #expect(answer.all("Set-Cookie").isEmpty)
            #expect(answer.json?["token_type"] == "bearer")
            let token = answer.json?["token"]?.text ?? ""
            #expect(service.send(Visit.get("/auth/session").with(bearer: token), in: &store).status == 200)
            // A bearer session is no cookie, and a cookie session is no bearer token.
            let asCookie = service.send(Visit.get("/auth/session").with(cookie: "__Host-sid=\(token)"), in: &store)
            #expect(asCookie.status == 401)
        }
    }

    @Test func `two credentials in one request are refused`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let token = cookie.split(separator: "=")[1]
            let answer = service.send(
                Visit.get("/auth/session").with(cookie: cookie).with(bearer: String(token)), in: &store)
            #expect(answer.status == 401)
            #expect(answer.code == "ambiguous_credentials")
        }
    }

    @Test(arguments: [
        "__Host-sid=", "__Host-sid=s_short", "__Host-sid=\u{FFFD}", "sid=x; __Host-sid", ";;;",
        "__Host-sid=s_AAAA; __Host-sid=s_BBBB",
    ])
    func `an odd cookie is nobody`(header: String) throws {
        try withStore { store throws in
            let answer = service.send(Visit.get("/auth/session").with(cookie: header), in: &store)
            #expect(answer.status == 401)
            #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
    }

    @Test func `signing out expires the cookie and ends the session`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(Visit.post("/auth/logout", json: [:]).with(cookie: cookie), in: &store)
            #expect(answer.status == 200)
            #expect(answer.all("Set-Cookie") == ["__Host-sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"])
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 401)
        }
    }

    /// Security S3: a session that somebody else put into a browser is worth nothing after its owner signs in.
    @Test func `signing in ends the session that the browser had`() throws {
        try withStore { store throws in
            let planted = service.register("eve", in: &store)
            _ = service.register("ann", in: &store)
            let signIn = Visit.post("/auth/login", json: ["username": "ann", "password": .string(goodPassword)])
            let cookie = service.send(signIn.with(cookie: planted), in: &store).sessionCookie ?? ""
            #expect(cookie != planted)
            #expect(service.send(Visit.get("/auth/session").with(cookie: planted), in: &store).status == 401)
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 200)
        }
    }

    @Test func `a refused sign-in leaves the session that the browser had`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let signIn = Visit.post("/auth/login", json: ["username": "ann", "password": "wrong"])
            #expect(service.send(signIn.with(cookie: cookie), in: &store).status == 401)
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 200)
        }
    }

    @Test func `signing out twice is no error`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            for _ in 0..<2 {
                let answer = service.send(Visit.post("/auth/logout", json: [:]).with(cookie: cookie), in: &store)
                #expect(answer.status == 200)
                #expect(answer.all("Set-Cookie").count == 1)
            }
            #expect(service.send(Visit.post("/auth/logout", json: [:]), in: &store).status == 200)
        }
    }

    @Test func `failures of signing in cannot be told apart`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let gone = service.register("bob", in: &store)
            _ = service.send(
                Visit.post("/auth/me/delete", json: ["current_password": .string(goodPassword)]).with(cookie: gone),
                in: &store)
            let answers = [("ann", "wrong"), ("nobody", "wrong"), ("bob", goodPassword), ("@", "wrong")].map {
                name, password in
                service.send(
                    .post("/auth/login", json: ["username": .string(name), "password": .string(password)]), in: &store)
            }
            for answer in answers {
                #expect(answer.status == 401)
                #expect(answer.code == "authentication_failed")
                let varying: Set = ["x-request-id"]
                let headers = answer.headers.filter { !varying.contains($0.name.lowercased()) }
                #expect(headers == answers[0].headers.filter { !varying.contains($0.name.lowercased()) })
                #expect(answer.body.count == answers[0].body.count)
            }
        }
    }

    @Test func `a client without browser headers needs the token beside its cookie`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let bare = Visit.post("/auth/me", json: ["name": "New"]).with(.cookie, cookie)
            #expect(service.send(bare, in: &store).code == "csrf_failed")
            let token = service.send(Visit.get("/auth/csrf").with(.cookie, cookie), in: &store).json?["csrf_token"]?
                .text
            #expect(service.send(bare.with(.csrfToken, token), in: &store).status == 200)
            let other = service.register("bob", in: &store)
            let foreign = bare.with(.cookie, other).with(.csrfToken, token)
            #expect(service.send(foreign, in: &store).code == "csrf_failed")
        }
    }

    @Test func `lists show one's own sessions without any secret`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            _ = service.register("bob", in: &store)
            let answer = service.send(Visit.get("/auth/sessions").with(cookie: cookie), in: &store)
            guard case .array(let sessions)? = answer.json?["data"] else {
                Issue.record("no list")
                return
            }
            #expect(sessions.count == 1)
            #expect(sessions[0]["current"] == true)
            #expect(!answer.text.contains(cookie.dropFirst("__Host-sid=".count)))
            let id = sessions[0]["id"]?.text ?? ""
            #expect(
                service.send(Visit("DELETE", "/auth/sessions/\(id)").with(cookie: cookie), in: &store).status == 200)
            #expect(
                service.send(Visit("DELETE", "/auth/sessions/\(id)").with(cookie: cookie), in: &store).status == 401)
        }
    }
}
