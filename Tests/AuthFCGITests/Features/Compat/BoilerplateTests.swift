import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `The boilerplate's profile` {
    private let service = Service.withProfiles
    private let base = "/compat/boilerplate/api/v1"

    @Test func `registering answers the user with a number and signs nobody in`() throws {
        try withStore { store throws in
            let answer = register("johndoe", in: &store)
            #expect(answer.status == 201)
            #expect(answer.all("Set-Cookie").isEmpty)
            #expect(answer.json?.names == ["id", "name", "username", "email", "profile_image_url", "tier_id"])
            guard case .integer(let id)? = answer.json?["id"] else {
                Issue.record("the id is no number")
                return
            }
            #expect(id > 0)
            var rest = answer.json
            rest?["id"] = nil
            #expect(
                rest
                    == json(
                        """
                        {"name": "John O'Brien", "username": "johndoe", "email": "johndoe@example.org",
                         "profile_image_url": "https://www.profileimageurl.com", "tier_id": null}
                        """))
            let user = try store.user(withUsername: Username(stored: "johndoe"))
            #expect(user?.legacyID == id)
            #expect(user?.name == "John O'Brien")
            #expect(try store.sessions(of: user?.id ?? UserID(at: .test), at: service.clock.now()).isEmpty)
        }
    }

    @Test func `the flow of its client works from registration to deletion`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let login = signIn("johndoe", in: &store)
            #expect(login.status == 200)
            #expect(login.json?.names == ["access_token", "token_type"])
            #expect(login.json?["token_type"] == "bearer")
            #expect(login.all("Set-Cookie").isEmpty)
            let token = login.json?["access_token"]?.text ?? ""
            for path in ["/user/me/", "/user/me", "/users/me"] {
                let me = service.send(Visit.get(base + path).with(bearer: token), in: &store)
                #expect(me.status == 200, "\(path)")
                #expect(me.json?["username"] == "johndoe", "\(path)")
            }
            let update = Visit("PATCH", "\(base)/user/johndoe").with(
                type: "application/json",
                Array(#"{"name": "John Q", "profile_image_url": "https://example.org/j.png"}"#.utf8))
            let updated = service.send(update.with(bearer: token), in: &store)
            #expect(updated.status == 200)
            #expect(updated.json == json(#"{"message": "User updated"}"#))
            let me = service.send(Visit.get("\(base)/user/me/").with(bearer: token), in: &store).json
            #expect(me?["name"] == "John Q")
            #expect(me?["email"] == "johndoe@example.org")
            #expect(me?["profile_image_url"] == "https://example.org/j.png")
            let deleted = service.send(Visit("DELETE", "\(base)/user/johndoe").with(bearer: token), in: &store)
            #expect(deleted.status == 200)
            #expect(deleted.json == json(#"{"message": "User deleted"}"#))
            #expect(service.send(Visit.get("\(base)/user/me/").with(bearer: token), in: &store).status == 401)
            #expect(signIn("johndoe", in: &store).status == 401)
        }
    }

    @Test func `signing out ends this session and leaves the other device's`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let first = signIn("johndoe", in: &store).json?["access_token"]?.text ?? ""
            let second = signIn("johndoe@example.org", in: &store).json?["access_token"]?.text ?? ""
            let answer = service.send(Visit("POST", "\(base)/logout").with(bearer: second), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json == json(#"{"message": "Logged out successfully"}"#))
            #expect(service.send(Visit.get("\(base)/user/me/").with(bearer: second), in: &store).status == 401)
            #expect(service.send(Visit.get("\(base)/user/me/").with(bearer: first), in: &store).status == 200)
        }
    }

    @Test func `a new name keeps the token, and the old name leads nowhere`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let token = signIn("johndoe", in: &store).json?["access_token"]?.text ?? ""
            #expect(patch("johndoe", #"{"username": "john"}"#, token, in: &store).status == 200)
            #expect(
                service.send(Visit.get("\(base)/user/me/").with(bearer: token), in: &store).json?["username"] == "john")
            #expect(patch("johndoe", #"{"name": "X"}"#, token, in: &store).status == 403)
            let again = register("johndoe", email: "other@example.org", in: &store)
            #expect(again.status == 409)
        }
    }

    @Test(arguments: [
        (#"{"username": "jd", "email": "j@example.org", "password": "correct horse battery"}"#, ["name"]),
        (#"{}"#, ["name", "username", "email", "password"]),
        (#"{"name": "J", "username": "jd", "email": "j", "password": "1"}"#, ["email", "password"]),
        (#"{"name": "J", "username": "jd", "email": "j@example.org", "password": "aaaaaaaa"}"#, ["password"]),
        (
            #"{"name": "J", "username": "!", "email": "j@example.org", "password": "correct horse battery"}"#,
            ["username"]
        ),
        (
            #"{"name": "J", "username": "jd", "email": "j@example.org", "password": "correct horse battery", "is_superuser": true}"#,
            ["is_superuser"]
        ),
    ])
    func `fields that are not accepted are listed as FastAPI lists them`(body: String, fields: [String]) throws {
        try withStore { store throws in
            let answer = service.send(
                Visit("POST", "\(base)/user").with(type: "application/json", Array(body.utf8)), in: &store)
            #expect(answer.status == 422)
            #expect(answer.json?.names == ["detail"])
            guard case .array(let details)? = answer.json?["detail"] else {
                Issue.record("no list")
                return
            }
            for detail in details { #expect(detail.names == ["type", "loc", "msg"]) }
            var found: [String] = []
            for detail in details {
                guard case .array(let place)? = detail["loc"], let field = place.last?.text else { continue }
                #expect(place.first == "body")
                if found.last != field { found.append(field) }
            }
            #expect(found == fields)
            #expect(!answer.text.contains("aaaaaaaa"))
        }
    }

    @Test func `a taken address and a taken name are 409 with a sentence`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let address = register("other", email: "JohnDoe@example.org", in: &store)
            #expect(address.status == 409)
            #expect(
                address.json == json(#"{"detail": "There is an account with this e-mail address already."}"#))
            let name = register("johndoe", email: "other@example.org", in: &store)
            #expect(name.status == 409)
            #expect(name.json == json(#"{"detail": "This username is not available."}"#))
        }
    }

    @Test func `a wrong password and an unknown name get the same 401`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            for name in ["johndoe", "nobody"] {
                let answer = signIn(name, password: "wrong", in: &store)
                #expect(answer.status == 401)
                #expect(answer["WWW-Authenticate"] == "Bearer realm=\"authfcgi\"")
                #expect(answer.json == json(#"{"detail": "The name or the password is not right."}"#))
            }
        }
    }

    @Test(arguments: ["mary", "nobody", "John.Doe"])
    func `somebody else's account is not touched, whether it exists or not`(other: String) throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            _ = register("mary", in: &store)
            let token = signIn("johndoe", in: &store).json?["access_token"]?.text ?? ""
            let expected = json(#"{"detail": "You cannot change the account of another user."}"#)
            let changed = patch(other, #"{"name": "Mallory"}"#, token, in: &store)
            #expect(changed.status == 403)
            #expect(changed.json == expected)
            let deleted = service.send(Visit("DELETE", "\(base)/user/\(other)").with(bearer: token), in: &store)
            #expect(deleted.status == 403)
            #expect(deleted.json == expected)
            let mary = try store.user(withUsername: Username(stored: "mary"))
            #expect(mary?.name == "John O'Brien")
            #expect(mary?.deletedAt == nil)
        }
    }

    @Test(arguments: [
        (#"{"name": null}"#, "name"), (#"{"username": null}"#, "username"), (#"{"email": null}"#, "email"),
        (#"{"email": "new@example.org"}"#, "email"),
        (#"{"profile_image_url": "ftp://example.org/"}"#, "profile_image_url"),
        (#"{"role": "admin"}"#, "role"), (#"{"name": 1}"#, "name"),
    ])
    func `a change that is not accepted changes nothing`(body: String, field: String) throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let token = signIn("johndoe", in: &store).json?["access_token"]?.text ?? ""
            let answer = patch("johndoe", body, token, in: &store)
            #expect(answer.status == 422)
            guard case .array(let details)? = answer.json?["detail"] else {
                Issue.record("no list")
                return
            }
            #expect(details.map { $0["loc"] } == [["body", .string(field)]])
            let user = try store.user(withUsername: Username(stored: "johndoe"))
            #expect(user?.name == "John O'Brien")
            #expect(user?.email.text == "johndoe@example.org")
        }
    }

    @Test func `an old session deletes the account only with the password`() throws {
        try withStore { store throws in
            _ = register("johndoe", in: &store)
            let token = signIn("johndoe", in: &store).json?["access_token"]?.text ?? ""
            service.clock.advance(by: .minutes(11))
            let request = Visit("DELETE", "\(base)/user/johndoe").with(bearer: token)
            let refused = service.send(request, in: &store)
            #expect(refused.status == 403)
            #expect(refused.json == json(#"{"detail": "This needs a fresh sign-in."}"#))
            let wrong = request.with(type: "application/json", Array(#"{"current_password": "wrong"}"#.utf8))
            #expect(service.send(wrong, in: &store).status == 422)
            let right = request.with(
                type: "application/json", Array(#"{"current_password": "\#(goodPassword)"}"#.utf8))
            #expect(service.send(right, in: &store).status == 200)
        }
    }

    @Test func `without a token there is nobody`() throws {
        try withStore { store throws in
            for visit in [
                Visit.get("\(base)/user/me/"), Visit("POST", "\(base)/logout"), Visit("DELETE", "\(base)/user/johndoe"),
            ] {
                let answer = service.send(visit, in: &store)
                #expect(answer.status == 401)
                #expect(answer["WWW-Authenticate"] != nil)
                #expect(answer.json == json(#"{"detail": "This needs somebody who is signed in."}"#))
            }
        }
    }

    private func register(_ name: String, email: String? = nil, in store: inout Store) -> Response {
        service.send(
            .post(
                "\(base)/user",
                json: [
                    "name": "John O'Brien", "username": .string(name),
                    "email": .string(email ?? "\(name)@example.org"), "password": .string(goodPassword),
                ]), in: &store)
    }

    private func signIn(_ name: String, password: String = goodPassword, in store: inout Store) -> Response {
        let body = "grant_type=password&username=\(name)&password=\(password)"
            .split(separator: " ").joined(separator: "+")
        return service.send(
            Visit("POST", "\(base)/login").with(type: "application/x-www-form-urlencoded", Array(body.utf8)),
            in: &store)
    }

    private func patch(_ name: String, _ body: String, _ token: String, in store: inout Store) -> Response {
        service.send(
            Visit("PATCH", "\(base)/user/\(name)").with(type: "application/json", Array(body.utf8)).with(bearer: token),
            in: &store)
    }
}
