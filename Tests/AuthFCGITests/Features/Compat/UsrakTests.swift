import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `UsrAK's profile` {
    private let service = Service.withProfiles
    private let base = "/compat/usrak/auth"

    @Test func `signing up answers the user and what is next`() throws {
        try withStore { store throws in
            let answer = signUp(in: &store)
            #expect(answer.status == 200)
            #expect(answer.all("Set-Cookie").isEmpty)
            #expect(answer.json?.names == ["success", "data", "next_step"])
            #expect(answer.json?["next_step"] == "login")
            let id = try store.user(withEmail: EmailAddress(storedText: "ann@example.org", key: "ann@example.org"))?
                .legacyID
            #expect(
                answer.json?["data"]
                    == json(
                        """
                        {"id": \(id ?? 0), "email": "ann@example.org", "auth_provider": "email", "is_active": true,
                         "is_verified": false, "user_name": "Ann O'Brien"}
                        """))
        }
    }

    @Test func `the flow of its client works with a cookie`() throws {
        try withStore { store throws in
            _ = signUp(in: &store)
            let login = signIn("ann@example.org", goodPassword, in: &store)
            #expect(login.status == 200)
            #expect(login.json == json(#"{"success": true, "message": "Success login"}"#))
            let cookie = login.sessionCookie ?? ""
            #expect(cookie.hasPrefix("__Host-sid=s_"))
            let check = service.send(Visit("POST", "\(base)/check-auth").with(cookie: cookie), in: &store)
            #expect(check.json == json(#"{"success": true, "data": {"is_authenticated": true}}"#))
            let profile = service.send(Visit.get("\(base)/profile").with(cookie: cookie), in: &store)
            #expect(profile.json?.names == ["success", "data"])
            #expect(profile.json?["data"]?["email"] == "ann@example.org")
            let logout = service.send(Visit("POST", "\(base)/logout").with(cookie: cookie), in: &store)
            #expect(logout.json == json(#"{"success": true, "message": "Success logout"}"#))
            #expect(logout.all("Set-Cookie") == ["__Host-sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"])
            let after = service.send(Visit("POST", "\(base)/check-auth").with(cookie: cookie), in: &store)
            #expect(after.status == 401)
            #expect(after.json == json(#"{"success": false, "message": "Your session has ended. Sign in again."}"#))
        }
    }

    @Test(arguments: [("ann@example.org", "wrong"), ("nobody@example.org", "wrong")])
    func `bad credentials are 403`(email: String, password: String) throws {
        try withStore { store throws in
            _ = signUp(in: &store)
            let answer = signIn(email, password, in: &store)
            #expect(answer.status == 403)
            #expect(answer.all("Set-Cookie").isEmpty)
            #expect(answer["WWW-Authenticate"] == nil)
            #expect(answer.json == json(#"{"success": false, "message": "The name or the password is not right."}"#))
        }
    }

    @Test func `a disabled person is told the same as one with a wrong password`() throws {
        try withStore { store throws in
            _ = signUp(in: &store)
            let email = EmailAddress(storedText: "ann@example.org", key: "ann@example.org")
            let user = try store.user(withEmail: email)
            try store.setDisabled(true, user?.id ?? UserID(at: .test), at: service.clock.now())
            let answer = signIn("ann@example.org", goodPassword, in: &store)
            #expect(answer.status == 403)
            #expect(answer.json == json(#"{"success": false, "message": "The name or the password is not right."}"#))
        }
    }

    @Test(arguments: [
        (#"{"auth_provider": "google", "email": "a@example.org", "password": "x"}"#, 400),
        (#"{"email": "a@example.org", "password": "x"}"#, 422),
        (#"{"auth_provider": "email", "email": null, "password": "x"}"#, 422),
        (#"{"auth_provider": "email", "email": "a@example.org"}"#, 422),
        (#"{"auth_provider": "email", "email": "a@example.org", "password": "x", "role": "admin"}"#, 422),
        (#"{"#, 400),
    ])
    func `a sign-in that is none is refused in an envelope`(body: String, status: Int) throws {
        try withStore { store throws in
            let answer = service.send(
                Visit("POST", "\(base)/sign-in").with(type: "application/json", Array(body.utf8)), in: &store)
            #expect(answer.status == status)
            #expect(answer.json?.names == ["success", "message"])
            #expect(answer.json?["success"] == false)
        }
    }

    @Test func `a new password ends the other session and keeps this one`() throws {
        try withStore { store throws in
            _ = signUp(in: &store)
            let here = signIn("ann@example.org", goodPassword, in: &store).sessionCookie ?? ""
            let there = signIn("ann@example.org", goodPassword, in: &store).sessionCookie ?? ""
            #expect(service.send(Visit.get("\(base)/profile").with(cookie: here), in: &store).status == 200)
            let wrong = service.send(change("wrong").with(cookie: here), in: &store)
            #expect(wrong.status == 403)
            #expect(wrong.json == json(#"{"success": false, "message": "The password is not right."}"#))
            let answer = service.send(change(goodPassword).with(cookie: here), in: &store)
            #expect(answer.status == 200)
            #expect(answer.json == json(#"{"success": true, "message": "Password changed"}"#))
            #expect(service.send(Visit.get("\(base)/profile").with(cookie: here), in: &store).status == 200)
            #expect(service.send(Visit.get("\(base)/profile").with(cookie: there), in: &store).status == 401)
            #expect(signIn("ann@example.org", goodPassword, in: &store).status == 403)
        }
    }

    @Test func `a taken address is 409 in an envelope`() throws {
        try withStore { store throws in
            _ = signUp(in: &store)
            let answer = signUp(in: &store)
            #expect(answer.status == 409)
            #expect(
                answer.json
                    == json(
                        #"{"success": false, "message": "There is an account with this e-mail address already."}"#))
        }
    }

    private func signUp(in store: inout Store) -> Response {
        service.send(
            .post(
                "\(base)/signup",
                json: [
                    "auth_provider": "email", "email": "ann@example.org", "password": .string(goodPassword),
                    "user_name": "Ann O'Brien",
                ]), in: &store)
    }

    private func signIn(_ email: String, _ password: String, in store: inout Store) -> Response {
        service.send(
            .post(
                "\(base)/sign-in",
                json: ["auth_provider": "email", "email": .string(email), "password": .string(password)]),
            in: &store)
    }

    private func change(_ current: String) -> Visit {
        .post(
            "\(base)/password/change",
            json: ["current_password": .string(current), "new_password": "seven green bottles standing"])
    }
}
