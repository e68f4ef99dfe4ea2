import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Recovery over HTTP` {
    private let service = Service()

    private func ask(_ email: String, in store: inout Store) -> Response {
        service.send(.post("/auth/recover", json: ["email": .string(email)]), in: &store)
    }

    /// The secret of this name in the last mail that has one.
    private func secret(_ name: String, in store: inout Store) throws -> String {
        let mails = try store.dueMail(at: service.clock.now(), limit: 1000)
        let secrets = mails.compactMap { $0.values?[name] }
        return try #require(secrets.last)
    }

    private func link(for name: String, in store: inout Store) throws -> String {
        service.clock.advance(by: .seconds(1))
        #expect(ask("\(name)@example.org", in: &store).status == 202)
        return try secret("recovery_token", in: &store)
    }

    private func reset(_ token: String, _ more: [(String, JSONValue)] = []) -> Visit {
        var body: JSONValue = ["token": .string(token), "new_password": "seven green bottles standing"]
        for (name, value) in more { body[name] = value }
        return .post("/auth/recover/reset", json: body)
    }

    /// A response without what differs from one request to the next.
    private func shape(_ response: Response) -> [String] {
        ["\(response.status)", response.text]
            + response.headers.filter { $0.name != "X-Request-Id" }.map { "\($0.name): \($0.value)" }
    }

    /// Security N3.
    @Test func `known, unknown, disabled and deleted addresses get the same answer`() throws {
        try withStore { store throws in
            for name in ["ann", "disabled", "deleted"] { _ = service.register(name, in: &store) }
            let disabled = try #require(try store.user(withUsername: Username(stored: "disabled")))
            let deleted = try #require(try store.user(withUsername: Username(stored: "deleted")))
            try store.setDisabled(true, disabled.id, at: service.clock.now())
            try store.markDeleted(deleted.id, at: service.clock.now())
            let addresses = ["ann", "nobody", "disabled", "deleted"].map { "\($0)@example.org" }
            let answers = addresses.map { ask($0, in: &store) }
            #expect(answers[0].status == 202)
            #expect(answers[0].text == #"{"success":true}"#)
            for answer in answers { #expect(shape(answer) == shape(answers[0])) }
            let forms = addresses.map { address in
                service.send(.post("/auth/recover", form: "email=\(address)&return_to=%2Fsent.html"), in: &store)
            }
            #expect(forms[0].status == 303)
            #expect(forms[0]["Location"] == "/sent.html")
            for form in forms { #expect(shape(form) == shape(forms[0])) }
        }
    }

    @Test func `looking at a link, however often, uses nothing up`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let token = try link(for: "ann", in: &store)
            store.startTrace()
            for path in ["/auth/recover/verify", "/auth/recover/reset"] {
                for method in ["GET", "HEAD"] {
                    let answer = service.send(Visit(method, "\(path)?token=\(token)&utm_source=mail"), in: &store)
                    #expect(answer.status == 200)
                    #expect(answer.json == ["valid": true])
                }
            }
            let posted = service.send(.post("/auth/recover/verify", json: ["token": .string(token)]), in: &store)
            #expect(posted.json == ["valid": true])
            #expect(store.takeTrace().allSatisfy { $0.hasPrefix("SELECT") })
            #expect(service.send(reset(token), in: &store).json == ["success": true])
            for path in ["/auth/recover/verify", "/auth/recover/reset"] {
                let answer = service.send(.get("\(path)?token=\(token)"), in: &store)
                #expect(answer.status == 410)
                #expect(answer.code == "link_invalid")
            }
        }
    }

    @Test(arguments: [
        ("", 410, "link_invalid"), ("?token=", 410, "link_invalid"), ("?token=o_x", 410, "link_invalid"),
        ("?token=a&token=b", 400, "duplicate_field"), ("?token=%00", 400, "malformed_input"),
    ])
    func `a link without its secret is refused`(query: String, status: Int, code: String) throws {
        try withStore { store throws in
            for path in ["/auth/recover/verify", "/auth/recover/reset", "/auth/not-me"] {
                let answer = service.send(.get(path + query), in: &store)
                #expect(answer.status == status, "\(path)")
                #expect(answer.code == code, "\(path)")
            }
        }
    }

    @Test func `the reset signs nobody in, ends the browser's session and leads on to the sign-in page`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let token = try link(for: "ann", in: &store)
            let answer = service.send(
                Visit.post("/auth/recover/reset", form: "token=\(token)&new_password=seven+green+bottles+standing")
                    .with(cookie: cookie), in: &store)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/signin.html")
            #expect(answer.all("Set-Cookie").count == 1)
            #expect(answer.all("Set-Cookie").first?.hasPrefix("__Host-sid=; ") == true)
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 401)
            let next = try link(for: "ann", in: &store)
            let named = service.send(
                .post(
                    "/auth/recover/reset",
                    form: "token=\(next)&new_password=six+green+bottles+standing&return_to=%2Fwelcome.html"),
                in: &store)
            #expect(named["Location"] == "/welcome.html")
        }
    }

    @Test func `a refused form leads back without its secrets`() throws {
        try withStore { store throws in
            _ = service.register("ann", in: &store)
            let token = try link(for: "ann", in: &store)
            let form = "token=\(token)&new_password=short&error_to=%2Freset.html"
            let answer = service.send(.post("/auth/recover/reset", form: form), in: &store)
            #expect(answer["Location"] == "/reset.html?error=too_short&field=new_password#too_short")
            for header in answer.headers { #expect(!header.value.contains(token)) }
            let gone = service.send(
                .post("/auth/recover/reset", form: "token=o_x&new_password=short&error_to=%2Freset.html"), in: &store)
            #expect(gone["Location"] == "/reset.html?error=link_invalid&field=token#link_invalid")
        }
    }

    /// Security E4: the token alone says whose password it sets.
    @Test func `nobody else's password is set, whoever the form names`() throws {
        try withStore { store throws in
            for name in ["ann", "bob"] { _ = service.register(name, in: &store) }
            let bob = try #require(try store.user(withUsername: Username(stored: "bob")))
            let token = try link(for: "ann", in: &store)
            for (name, value) in [("email", "bob@example.org"), ("user_id", bob.id.description), ("username", "bob")] {
                let answer = service.send(reset(token, [(name, .string(value))]), in: &store)
                #expect(answer.status == 422, "\(name)")
                #expect(answer.code == "unknown_field", "\(name)")
            }
            let words = "token=\(token)&new_password=seven+green+bottles+standing"
            let privileged = service.send(
                .post("/auth/recover/reset", form: "\(words)&user_id=\(bob.id)&error_to=%2F"), in: &store)
            #expect(privileged.status == 422)
            let ignored = service.send(
                .post("/auth/recover/reset", form: "\(words)&email=bob%40example.org&username=bob"), in: &store)
            #expect(ignored["Location"] == "/signin.html")
            let signIn = { (name: String, password: JSONValue, store: inout Store) in
                service.send(.post("/auth/login", json: ["username": .string(name), "password": password]), in: &store)
                    .status
            }
            #expect(signIn("ann", "seven green bottles standing", &store) == 200)
            #expect(signIn("bob", "seven green bottles standing", &store) == 401)
            #expect(signIn("bob", .string(goodPassword), &store) == 200)
        }
    }

    @Test(arguments: [
        ("/auth/recover", "email=ann%40example.org"), ("/auth/recover/verify", "token=o_x"),
        ("/auth/recover/reset", "token=o_x&new_password=x"), ("/auth/not-me", "token=o_x"),
    ])
    func `forms of other sites are refused`(path: String, form: String) throws {
        try withStore { store throws in
            let visit = Visit.post(path, form: form).with(.accept, "application/json")
            #expect(service.send(visit.with(.origin, "https://evil.example"), in: &store).code == "origin_not_allowed")
            #expect(service.send(visit, in: &store).code != "origin_not_allowed")
        }
    }

    @Test func `too many requests are told when to come back, whoever they are about`() throws {
        try withStore { store throws in
            let strict = Service { $0.limits.mailAddress = Budget(burst: 1, every: .minutes(12)) }
            // Her first mail was counted by a wider limit, and is forgotten.
            _ = service.register("ann", in: &store)
            strict.clock.advance(by: .seconds(1))
            let answers = ["ann", "bob"].map { name in
                (0..<2).map { _ in
                    strict.send(
                        .post("/auth/recover", json: ["email": .string("\(name)@example.org")]), in: &store)
                }
            }
            for pair in answers {
                #expect(pair.map(\.status) == [202, 429])
                #expect(pair[1]["Retry-After"] == "720")
            }
        }
    }
}
