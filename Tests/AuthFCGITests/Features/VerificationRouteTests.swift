import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Registration with proof over HTTP` {
    private let service = Service.verifying

    private func register(_ name: String, in store: inout Store) -> Response {
        service.send(
            .post(
                "/auth/register",
                json: ["email": .string("\(name)@example.org"), "name": "Ann", "password": .string(goodPassword)]),
            in: &store)
    }

    private func cookie(of answer: Response) -> String {
        answer.all("Set-Cookie").first?.split(separator: ";").first.map(String.init) ?? ""
    }

    @Test func `registering answers 202, what is next, and the cookie of a registration`() throws {
        try withStore { store throws in
            let answer = register("ann", in: &store)
            #expect(answer.status == 202)
            #expect(answer.json == json(#"{"success": true, "next_step": "verify"}"#))
            let cookies = answer.all("Set-Cookie")
            #expect(cookies.count == 1)
            #expect(
                cookies[0].wholeMatch(
                    of:
                        /__Host-registration=o_[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400/
                )
                    != nil)
            // The next registration has another one, whatever the browser brings.
            let second = service.send(
                Visit.post(
                    "/auth/register", json: ["email": "bob@example.org", "password": .string(goodPassword)]
                ).with(cookie: cookie(of: answer)), in: &store)
            #expect(second.status == 202)
            #expect(cookie(of: second) != cookie(of: answer))
        }
    }

    /// Security N3.
    @Test(arguments: [false, true]) func `free and taken addresses have one answer`(asForm: Bool) throws {
        try withStore { store throws in
            _ = Service().register("taken", in: &store)
            let answers = ["free", "taken"].map { name in
                guard asForm else { return register(name, in: &store) }
                return service.send(
                    .post("/auth/register", form: "email=\(name)%40example.org&password=correct+horse+battery"),
                    in: &store)
            }
            let shapes = answers.map { answer in
                answer.headers.map { header in
                    let value = header.value.replacing(#/o_[A-Za-z0-9_-]{43}/#, with: "o_")
                    return header.name == "X-Request-Id" ? header.name : "\(header.name): \(value)"
                }
            }
            #expect(answers.map(\.status) == (asForm ? [303, 303] : [202, 202]))
            #expect(shapes[0] == shapes[1])
            #expect(answers[0].body == answers[1].body)
            #expect(answers[0]["Set-Cookie"]?.hasPrefix("__Host-registration=") == true)
        }
    }

    @Test func `the link finishes it in the same browser and signs in`() throws {
        try withStore { store throws in
            let cookie = cookie(of: register("ann", in: &store))
            let token = service.token("verification_token", in: &store)
            let here = service.send(Visit.get("/auth/verify?token=\(token)").with(cookie: cookie), in: &store)
            #expect(here.json == json(#"{"valid": true, "subject": "registration", "proof": "browser"}"#))
            let there = service.send(Visit.get("/auth/verify?utm_source=mail&token=\(token)"), in: &store)
            #expect(there.json == json(#"{"valid": true, "subject": "registration", "proof": "password"}"#))
            let head = service.send(Visit("HEAD", "/auth/verify?token=\(token)").with(cookie: cookie), in: &store)
            #expect(head.status == 200)
            let answer = service.send(
                Visit.post("/auth/verify", json: ["token": .string(token)]).with(cookie: cookie), in: &store)
            #expect(answer.status == 201)
            #expect(answer.json?["user"]?["email_verified"] == true)
            let session = answer.sessionCookie ?? ""
            #expect(service.send(Visit.get("/auth/session").with(cookie: session), in: &store).status == 200)
            let gone = "__Host-registration=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
            #expect(answer.all("Set-Cookie").contains(gone))
            #expect(!answer.text.contains(token))
            let again = service.send(
                Visit.post("/auth/verify", json: ["token": .string(token)]).with(cookie: cookie), in: &store)
            #expect(again.status == 410)
            #expect(again.code == "link_invalid")
        }
    }

    @Test func `another browser is asked for the password, or chooses one`() throws {
        try withStore { store throws in
            _ = register("ann", in: &store)
            let token = service.token("verification_token", in: &store)
            let bare = service.send(.post("/auth/verify", form: "token=\(token)&password=&new_password="), in: &store)
            #expect(bare.status == 422)
            #expect(bare.text.contains("proof_required"))
            let page = Visit.post("/auth/verify", form: "token=\(token)&password=wrong&error_to=/verify.html")
            let wrong = service.send(page, in: &store)
            #expect(wrong["Location"] == "/verify.html?error=invalid_password&field=password#invalid_password")
            #expect(!(wrong.headers.map(\.value).joined().contains(token)))
            let chosen = service.send(
                .post("/auth/verify", form: "token=\(token)&password=&new_password=seven+green+bottles+standing"),
                in: &store)
            #expect(chosen.status == 303)
            #expect(chosen["Location"] == "/")
            #expect(chosen.sessionCookie != nil)
        }
    }

    /// Security E4: nothing beside the link says whom it is about.
    @Test(arguments: ["email", "user_id", "id"]) func `no field can say whose address it is`(field: String) throws {
        try withStore { store throws in
            let cookie = cookie(of: register("ann", in: &store))
            let token = service.token("verification_token", in: &store)
            let visit = Visit.post(
                "/auth/verify",
                json: .object(JSONObject([("token", .string(token)), (field, "eve@example.org")])))
            let answer = service.send(visit.with(cookie: cookie), in: &store)
            #expect(answer.status == 422)
            #expect(answer.code == "unknown_field")
        }
    }

    @Test(arguments: ["", "?token=", "?token=o_short", "?token=%ZZ", "?token=o_a&token=o_b"])
    func `an odd link is refused`(query: String) throws {
        try withStore { store throws in
            let answer = service.send(.get("/auth/verify\(query)"), in: &store)
            #expect([400, 410].contains(answer.status))
            #expect(answer.code != nil)
        }
    }

    /// Security S3.
    @Test func `the session that the browser had before ends`() throws {
        try withStore { store throws in
            // Without a mail of hers: there is one link only.
            let planted = Service { $0.mail.transport = .none }.register("eve", in: &store)
            let cookie = cookie(of: register("ann", in: &store))
            let token = service.token("verification_token", in: &store)
            let answer = service.send(
                Visit.post("/auth/verify", json: ["token": .string(token)]).with(cookie: "\(planted); \(cookie)"),
                in: &store)
            #expect(answer.status == 201)
            #expect(service.send(Visit.get("/auth/session").with(cookie: planted), in: &store).status == 401)
        }
    }

    @Test func `sending again has one answer for everybody`() throws {
        try withStore { store throws in
            _ = register("ann", in: &store)
            let answers = ["ann", "nobody"].map { name in
                service.send(
                    .post("/auth/verify/resend", json: ["email": .string("\(name)@example.org")]), in: &store)
            }
            #expect(answers.map(\.status) == [202, 202])
            #expect(answers[0].body == answers[1].body)
            #expect(answers.map { $0.headers.map(\.name) }[0] == answers.map { $0.headers.map(\.name) }[1])
            #expect(answers.allSatisfy { $0.all("Set-Cookie").isEmpty })
        }
    }

    @Test func `another site can neither register nor verify`() throws {
        try withStore { store throws in
            for path in ["/auth/register", "/auth/verify", "/auth/verify/resend"] {
                let visit = Visit.post(path, form: "email=a%40example.org").with(.origin, "https://evil.example")
                #expect(service.send(visit, in: &store).text.contains("origin_not_allowed"), "\(path)")
            }
        }
    }

    @Test func `an account that began at once is proved by its own session`() throws {
        try withStore { store throws in
            let open = Service { $0.mail.transport = .maildir }
            let cookie = open.register("ann", in: &store)
            let token = open.token("verification_token", in: &store)
            let answer = open.send(
                Visit.post("/auth/verify", json: ["token": .string(token)]).with(cookie: cookie), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json == json(#"{"success": true}"#))
            let me = open.send(Visit.get("/auth/me").with(cookie: cookie), in: &store)
            #expect(me.json?["email_verified"] == true)
        }
    }

    @Test func `a new password for such an account expires the browser's session too`() throws {
        try withStore { store throws in
            let open = Service { $0.mail.transport = .maildir }
            let cookie = open.register("ann", in: &store)
            let token = open.token("verification_token", in: &store)
            let visit = Visit.post(
                "/auth/verify", json: ["token": .string(token), "new_password": "seven green bottles standing"])
            let answer = open.send(visit.with(cookie: cookie), in: &store)
            #expect(answer.json == json(#"{"success": true, "next_step": "login"}"#))
            #expect(answer.all("Set-Cookie") == ["__Host-sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"])
            #expect(open.send(Visit.get("/auth/me").with(cookie: cookie), in: &store).status == 401)
        }
    }

    @Test func `where nobody signs in unproved, registering signs nobody in and signing in is 403`() throws {
        try withStore { store throws in
            let strict = Service {
                $0.mail.transport = .maildir
                $0.accounts.requireVerified = true
            }
            let answer = strict.send(
                .post("/auth/register", json: ["email": "ann@example.org", "password": .string(goodPassword)]),
                in: &store)
            #expect(answer.status == 202)
            #expect(answer.all("Set-Cookie").isEmpty)
            let signIn = Visit.post(
                "/auth/login", json: ["username": "ann@example.org", "password": .string(goodPassword)])
            let refused = strict.send(signIn, in: &store)
            #expect(refused.status == 403)
            #expect(refused.code == "email_not_verified")
            #expect(refused.all("Set-Cookie").isEmpty)
            let token = strict.token("verification_token", in: &store)
            let proved = strict.send(
                .post("/auth/verify", json: ["token": .string(token), "password": .string(goodPassword)]), in: &store)
            #expect(proved.json == json(#"{"success": true, "next_step": "login"}"#))
            #expect(strict.send(signIn, in: &store).status == 200)
        }
    }

    @Test func `without mail nobody can register where an address must be proved`() throws {
        try withStore { store throws in
            let closed = Service {
                $0.registration = .verified
                $0.mail.transport = .none
            }
            let answer = closed.send(
                .post("/auth/register", json: ["email": "ann@example.org", "password": .string(goodPassword)]),
                in: &store)
            #expect(answer.status == 403)
            #expect(answer.code == "registration_disabled")
        }
    }
}

@Suite struct `Registration with proof in other shapes` {
    private let service = Service {
        $0.compat = .usual
        $0.registration = .verified
        $0.mail.transport = .maildir
    }

    @Test func `the boilerplate's clients are told in a message`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post(
                    "/compat/boilerplate/api/v1/user",
                    json: [
                        "name": "Ann", "username": "ann", "email": "ann@example.org",
                        "password": .string(goodPassword),
                    ]), in: &store)
            #expect(answer.status == 202)
            #expect(answer.json?.names == ["message"])
            try finishes(answer, in: &store)
        }
    }

    @Test func `the skill's clients are told in a detail without a code`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post(
                    "\(skillBase)/register",
                    json: [
                        "email": "ann@example.org", "display_name": "Ann", "raw_password": .string(goodPassword),
                    ]), in: &store)
            #expect(answer.status == 202)
            #expect(answer.json?.names == ["detail", "error_code"])
            #expect(answer.json?["error_code"] == .null)
            try finishes(answer, in: &store)
        }
    }

    @Test func `UsrAK's clients are told their next step`() throws {
        try withStore { store throws in
            let answer = service.send(
                .post(
                    "/compat/usrak/auth/signup",
                    json: [
                        "auth_provider": "email", "email": "ann@example.org", "password": .string(goodPassword),
                    ]), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json?.names == ["success", "message", "next_step"])
            #expect(answer.json?["next_step"] == "verify")
            try finishes(answer, in: &store)
        }
    }

    /// The browser that got the answer can follow the link.
    private func finishes(_ answer: Response, in store: inout Store) throws {
        let cookie = try #require(answer["Set-Cookie"]?.split(separator: ";").first.map(String.init))
        let token = service.token("verification_token", in: &store)
        let verified = service.send(
            Visit.post("/auth/verify", json: ["token": .string(token)]).with(cookie: cookie), in: &store)
        #expect(verified.status == 201)
        #expect(verified.json?["user"]?["email"] == "ann@example.org")
    }

    private let skillBase = Settings.Compat.usual.mount(of: .skill) ?? ""
}

extension Service {
    /// Where every address has to be proved.
    static var verifying: Service {
        Service {
            $0.registration = .verified
            $0.mail.transport = .maildir
        }
    }

    /// What the newest mail that has such a value says.
    func token(_ name: String, in store: inout Store) -> String {
        let mails = (try? store.dueMail(at: clock.now(), limit: 100)) ?? []
        return mails.compactMap { $0.values?[name] }.last ?? ""
    }
}
