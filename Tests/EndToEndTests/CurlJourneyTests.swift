import JSON
import Support
import Testing

/// The first journey with curl alone, through nginx.
@Suite struct CurlJourneyTests {
    private let stack: Stack

    init() throws { stack = try Stack.http.get() }

    @Test func `whoever registers is signed in, with cookies that scripts cannot read`() throws {
        var visitor = Visitor(stack)
        let answer = try visitor.register()
        #expect(answer.status == 201)
        #expect(answer.json?["user"]?["email"] == .string(visitor.email))
        #expect(answer.json?["user"]?["email_verified"] == .bool(false))
        #expect(answer.json?["token"] == nil)
        let cookies = answer.headers.filter { $0.name == "set-cookie" }.map(\.value)
        let cookie = try #require(cookies.first { $0.hasPrefix("__Host-sid=") })
        let device = try #require(cookies.first { $0.hasPrefix("__Host-device=") })
        #expect(cookies.count == 2)
        let attributes = [cookie, device].map { $0.split(separator: ";").dropFirst().map { $0.trimmingPrefix(" ") } }
        #expect(Set(attributes[0]) == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
        #expect(Set(attributes[1]).isSuperset(of: attributes[0]))
        // `s_` and 64 random bytes in base64url.
        #expect(cookie.wholeMatch(of: /__Host-sid=s_[A-Za-z0-9_-]{86};.*/) != nil)
        #expect(answer["Cache-Control"] == "no-store")
        #expect(try visitor.sessionStatus() == 200)
    }

    @Test func `both the address and the username sign in, in any case, and nothing else does`() throws {
        let visitor = try Visitor.registered(at: stack)
        for name in [visitor.email, visitor.username, visitor.email.uppercased(), visitor.username.uppercased()] {
            var browser = visitor.elsewhere
            #expect(try browser.signIn(as: name).status == 200)
            #expect(try browser.sessionStatus() == 200)
        }
        var wrong = visitor.elsewhere
        wrong.password = "incorrect horse battery staple"
        let refused = try wrong.signIn()
        #expect(refused.status == 401)
        #expect(refused.code == "authentication_failed")
        #expect(refused["WWW-Authenticate"] != nil)
        #expect(refused.cookies.isEmpty)
    }

    @Test func `the members' page opens for as long as the session lives`() throws {
        var visitor = try Visitor.registered(at: stack)
        #expect(try visitor.elsewhere.get("/members/").status == 401)
        let page = try visitor.get("/members/")
        #expect(page.status == 200)
        #expect(page.body.contains("You are signed in."))
        #expect(page["Cache-Control"] == "no-store")
        #expect(try visitor.get("/members/second.html").body.contains("second page"))

        let stolen = visitor
        let out = try visitor.post("/auth/logout", ["scope": "local"])
        #expect(out.status == 200)
        #expect(out.cookies == ["__Host-sid="])
        #expect(try stolen.get("/members/").status == 401)
        #expect(try stolen.sessionStatus() == 401)
    }

    @Test func `a new password needs the current one and ends the other sessions`() throws {
        var here = try Visitor.registered(at: stack)
        var there = here.elsewhere
        #expect(try there.signIn().status == 200)

        let new = "another fine pass phrase"
        let wrong = try here.post("/auth/password", ["current_password": "not the current one", "new_password": new])
        #expect(wrong.status == 422 || wrong.status == 403)
        #expect(wrong.code == "invalid_password")
        let weak = try here.post("/auth/password", ["current_password": here.password, "new_password": "short"])
        #expect(weak.status == 422)
        #expect(try there.sessionStatus() == 200)

        let changed = try here.post("/auth/password", ["current_password": here.password, "new_password": new])
        #expect(changed.status == 200)
        #expect(try here.sessionStatus() == 200)
        #expect(try there.sessionStatus() == 401)
        #expect(try there.get("/members/").status == 401)

        var later = here.elsewhere
        #expect(try later.signIn().status == 401)
        later.password = new
        #expect(try later.signIn().status == 200)
    }

    @Test func `a profile changes by form and by merge patch`() throws {
        var visitor = try Visitor.registered(at: stack)
        #expect(try visitor.post("/auth/me", ["name": "Ada Lovelace"]).json?["name"] == .string("Ada Lovelace"))
        let patched = try visitor.curl.send(
            "PATCH", "/auth/me",
            headers: ["Content-Type": "application/merge-patch+json", "Origin": stack.origin],
            cookies: visitor.cookies, body: #"{"name":null,"picture":"https://example.com/a.png"}"#)
        #expect(patched.status == 200)
        let profile = try visitor.get("/auth/me").json
        #expect(profile?["name"] == .null)
        #expect(profile?["picture"] == .string("https://example.com/a.png"))
        #expect(profile?["preferred_username"] == .string(visitor.username))
        let moved = try visitor.post("/auth/me", ["email": "new@example.com"])
        #expect(moved.status == 422)
        #expect(moved.body.contains("not_available"))
    }

    @Test func `signing out everywhere ends every session, signing out elsewhere spares this one`() throws {
        var first = try Visitor.registered(at: stack)
        var second = first.elsewhere
        var third = first.elsewhere
        #expect(try second.signIn().status == 200)
        #expect(try first.post("/auth/logout", ["scope": "others"]).status == 200)
        #expect(try (first.sessionStatus(), second.sessionStatus()) == (200, 401))
        #expect(try third.signIn().status == 200)
        let copy = third
        #expect(try third.post("/auth/logout", ["scope": "global"]).status == 200)
        #expect(try (first.sessionStatus(), copy.sessionStatus()) == (401, 401))
    }

    @Test func `a deleted account is gone at once`() throws {
        var visitor = try Visitor.registered(at: stack)
        let copy = visitor
        #expect(try visitor.post("/auth/me/delete", ["current_password": visitor.password]).status == 200)
        #expect(try copy.sessionStatus() == 401)
        var later = visitor.elsewhere
        #expect(try later.signIn().code == "authentication_failed")
    }

    @Test func `a bearer token opens the members' page, and is no cookie`() throws {
        let visitor = try Visitor.registered(at: stack)
        let answer = try visitor.curl.post(
            "/auth/login", form: ["login": visitor.email, "password": visitor.password, "carrier": "token"],
            headers: ["Accept": "application/json"])
        let token = try #require(answer.text("token"))
        #expect(answer.cookies.isEmpty)
        let bearer = ["Authorization": "Bearer \(token)"]
        #expect(try visitor.curl.send("GET", "/members/", headers: bearer).status == 200)
        #expect(try visitor.curl.send("GET", "/members/", cookies: ["__Host-sid=\(token)"]).status == 401)
        // Two credentials are too many, whichever is right.
        #expect(try visitor.get("/members/", headers: bearer).status == 401)
    }

    @Test func `a visitor who was sent to sign in comes back to the page they wanted`() throws {
        let visitor = try Visitor.registered(at: stack)
        var browser = visitor.elsewhere
        let sent = try browser.get("/members/second.html", headers: ["Accept": "text/html"])
        #expect(sent.status == 303)
        let signIn = try #require(sent["Location"])
        #expect(signIn == "/signin.html?return_to=/members/second.html")
        #expect(try browser.get(signIn).status == 200)
        let answer = try browser.post(
            "/auth/login", ["username": visitor.username, "password": visitor.password],
            headers: ["Accept": "text/html", "Referer": stack.origin + signIn, "Origin": stack.origin])
        #expect(answer.status == 303)
        #expect(answer["Location"] == "/members/second.html")
        #expect(try browser.get("/members/second.html").status == 200)
    }

    @Test func `the fresh page asks again after ten minutes, and the verified page for a proof`() throws {
        let visitor = try Visitor.registered(at: stack)
        let html = ["Accept": "text/html"]
        #expect(try visitor.get("/fresh/").body.contains("within the last ten minutes"))
        #expect(try visitor.get("/verified/", headers: html).status == 403)
        let owner = "(SELECT id FROM authfcgi.users WHERE email = '\(visitor.email)')"
        _ = try stack.database(
            """
            UPDATE authfcgi.sessions SET created_at = created_at - INTERVAL 11 MINUTE,
                authenticated_at = authenticated_at - INTERVAL 11 MINUTE WHERE user_id = \(owner);
            UPDATE authfcgi.users SET email_verified_at = created_at WHERE email = '\(visitor.email)'
            """)
        #expect(try visitor.get("/verified/").body.contains("is proved"))
        #expect(try visitor.get("/members/").status == 200)
        let stale = try visitor.get("/fresh/", headers: html)
        #expect(stale.status == 303)
        #expect(stale["Location"] == "/signin.html?return_to=/fresh/")
    }
}
