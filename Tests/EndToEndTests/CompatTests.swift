import JSON
import Support
import Testing

/// The profiles through nginx: each path reaches the pool that serves it.
@Suite struct CompatTests {
    private static let boilerplate = "/compat/boilerplate/api/v1"
    private static let skill = "/compat/skill/auth"
    private static let usrak = "/compat/usrak/auth"
    private static let password = "correct horse battery"

    /// Every path without a credential and without fields: a wrong pool would be 404.
    @Test(arguments: [
        ("POST", "\(boilerplate)/user", 422), ("POST", "\(boilerplate)/login", 422),
        ("POST", "\(boilerplate)/logout", 401), ("GET", "\(boilerplate)/user/me/", 401),
        ("GET", "\(boilerplate)/user/me", 401), ("GET", "\(boilerplate)/users/me", 401),
        ("PATCH", "\(boilerplate)/user/john", 401), ("DELETE", "\(boilerplate)/user/john", 401),
        ("POST", "\(skill)/login", 422), ("POST", "\(skill)/register", 422),
        ("GET", "\(usrak)/profile", 401), ("POST", "\(usrak)/sign-in", 422), ("POST", "\(usrak)/logout", 401),
        ("POST", "\(usrak)/check-auth", 401), ("POST", "\(usrak)/signup", 422),
        ("POST", "\(usrak)/password/change", 401), ("GET", "\(boilerplate)/login", 405), ("GET", "\(skill)/", 404),
    ])
    func `nginx leads every path to its pool`(method: String, path: String, status: Int) throws {
        let answer = try Curl(try Stack.http.get().origin).send(method, path)
        #expect(answer.status == status)
    }

    @Test func `a client of the boilerplate registers, signs in, reads and deletes`() throws {
        let curl = Curl(try Stack.http.get().origin)
        let json = ["Content-Type": "application/json"]
        let registered = try curl.send(
            "POST", "\(Self.boilerplate)/user", headers: json,
            body: """
                {"name": "John Doe", "username": "compatjohn", "email": "john@compat.example",
                 "password": "\(Self.password)"}
                """)
        #expect(registered.status == 201)
        let login = try curl.post(
            "\(Self.boilerplate)/login", form: ["username": "compatjohn", "password": Self.password])
        #expect(login.status == 200)
        #expect(login.cookies.isEmpty)
        let bearer = ["Authorization": "Bearer \(try text("access_token", of: login))"]
        let me = try curl.send("GET", "\(Self.boilerplate)/user/me/", headers: bearer)
        #expect(me.status == 200)
        #expect(try parse(me)?["username"] == "compatjohn")
        let deleted = try curl.send("DELETE", "\(Self.boilerplate)/user/compatjohn", headers: bearer)
        #expect(deleted.status == 200)
        #expect(try curl.send("GET", "\(Self.boilerplate)/user/me/", headers: bearer).status == 401)
    }

    @Test func `a client of opaque session ids opens a members' page with one`() throws {
        let curl = Curl(try Stack.http.get().origin)
        let answer = try curl.send(
            "POST", "\(Self.skill)/register", headers: ["Content-Type": "application/json"],
            body: """
                {"email": "ann@compat.example", "display_name": "Ann", "raw_password": "\(Self.password)"}
                """)
        #expect(answer.status == 200)
        let bearer = ["Authorization": "Bearer \(try text("id", of: answer))"]
        #expect(try curl.send("GET", "/members/", headers: bearer).status == 200)
    }

    @Test func `a client of UsrAK signs up, signs in and out with a cookie`() throws {
        let stack = try Stack.http.get()
        let curl = Curl(stack.origin)
        let json = ["Content-Type": "application/json", "Origin": stack.origin]
        let form = """
            {"auth_provider": "email", "email": "uma@compat.example", "password": "\(Self.password)"}
            """
        #expect(try curl.send("POST", "\(Self.usrak)/signup", headers: json, body: form).status == 200)
        let login = try curl.send("POST", "\(Self.usrak)/sign-in", headers: json, body: form)
        #expect(login.status == 200)
        #expect(login.cookies.map { $0.prefix { $0 != "=" } }.sorted() == ["__Host-device", "__Host-sid"])
        let profile = try curl.send("GET", "\(Self.usrak)/profile", cookies: login.cookies)
        #expect(try parse(profile)?["data"]?["email"] == "uma@compat.example")
        let logout = try curl.send(
            "POST", "\(Self.usrak)/logout", headers: ["Origin": stack.origin], cookies: login.cookies)
        #expect(logout.status == 200)
        #expect(try curl.send("GET", "\(Self.usrak)/profile", cookies: login.cookies).status == 401)
    }

    private func parse(_ answer: Curl.Answer) throws -> JSONValue? { try JSONValue.parse(Array(answer.body.utf8)) }

    private func text(_ name: String, of answer: Curl.Answer) throws -> String {
        guard case .string(let text)? = try parse(answer)?[name] else { return "" }
        return text
    }
}
