import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// A secret of a link as one looks; nobody has it.
let someToken = "o_" + String(repeating: "A", count: 43)

/// What browsers of today say they like.
let browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

extension Visit {
    /// As a browser asks for a page.
    static func page(_ target: String) -> Visit { Visit.get(target).with(.accept, browserAccept) }
}

@Suite struct `Pages of the service's own` {
    private let service = Service()

    static let open = ["/auth/login", "/auth/register", "/auth/recover", "/auth/verify/resend"]
    static let told = [
        "/auth/verify/sent", "/auth/recover/sent", "/auth/email/sent", "/auth/done?done=deleted", "/auth/done",
    ]
    static let links = [
        "/auth/verify", "/auth/recover/reset", "/auth/email/confirm", "/auth/email/undo", "/auth/not-me",
    ]
    static let account = [
        "/auth/account", "/auth/password", "/auth/email", "/auth/sessions", "/auth/me/delete", "/auth/confirm",
    ]

    private func expectPage(_ answer: Response, _ what: String) {
        #expect(answer.status == 200, "\(what)")
        #expect(answer["Content-Type"] == "text/html; charset=utf-8", "\(what)")
        let policy = answer["Content-Security-Policy"] ?? ""
        for part in ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
            #expect(policy.contains(part), "\(what)")
        }
        #expect(answer.all("Cache-Control") == ["no-store"], "\(what)")
        #expect(answer.all("Referrer-Policy").count == 1, "\(what)")
        #expect(Markup(text: answer.text).faults == [], "\(what)")
    }

    @Test(arguments: open + told) func `a page for everybody is one`(path: String) throws {
        try withStore { store throws in
            let answer = service.send(.page(path), in: &store)
            expectPage(answer, path)
            #expect(answer["Referrer-Policy"] == "same-origin")
        }
    }

    @Test(arguments: account) func `a page of the account is for who is signed in`(path: String) throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(.page(path).with(cookie: cookie), in: &store)
            expectPage(answer, path)
            let page = Markup(text: answer.text)
            // Who sends no header of a browser needs it; no other person's page has it.
            let forms = page.tags("form").count
            #expect(page.tags("input").filter { $0["name"] == "csrf_token" }.count == forms)
            #expect(page.tags("nav").count == 1)
        }
    }

    @Test(arguments: account) func `whoever is not signed in is led there and back`(path: String) throws {
        try withStore { store throws in
            let answer = service.send(.page(path), in: &store)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/signin.html?return_to=\(path)")
            #expect(answer["WWW-Authenticate"] == nil)
            #expect(service.send(.get(path), in: &store).status == 401)
            // What it was told about a form is not said again to somebody who has signed in since.
            let told = service.send(.page("\(path)?error=session_expired&done=password&field=x"), in: &store)
            #expect(told["Location"] == "/signin.html?return_to=\(path)%3Fdone%3Dpassword")
            let own = Service { $0.pages.signIn = "" }
            #expect(own.send(.page(path), in: &store)["Location"] == "/auth/login?return_to=\(path)")
            let signIn = own.send(.page("/auth/login?return_to=\(path)"), in: &store)
            #expect(signIn.text.contains("<input type=\"hidden\" name=\"return_to\" value=\"\(path)\">"))
        }
    }

    /// Nobody is to wait for a mail that never leaves.
    @Test func `without mail pages offer none, and what needs one is refused`() throws {
        try withStore { store throws in
            let silent = Service { $0.mail.transport = .none }
            let cookie = silent.register("ann", in: &store)
            for path in Self.open.filter({ $0 != "/auth/register" }) + Self.account {
                let page = Markup(text: silent.send(.page(path).with(cookie: cookie), in: &store).text)
                #expect(page.faults == [], "\(path)")
                let ways = page.tags("a").compactMap { $0["href"] } + page.tags("form").compactMap { $0["action"] }
                let mailing = ["/auth/recover", "/auth/email", "/auth/verify/resend", "/auth/confirm/code"]
                #expect(Set(ways).isDisjoint(with: mailing), "\(path)")
            }
            let mail: JSONValue = ["email": "ann@example.net"]
            let acts: [(String, JSONValue)] = [
                ("/auth/recover", mail), ("/auth/verify/resend", mail), ("/auth/email", mail),
                ("/auth/confirm/code", [:]),
            ]
            for (path, body) in acts {
                let answer = silent.send(Visit.post(path, json: body).with(cookie: cookie), in: &store)
                #expect(answer.status == 403 && answer.code == "mail_disabled", "\(path)")
            }
            #expect(try store.outbox() == [])
        }
    }

    @Test func `whoever has proved an address is offered no code where no mail leaves`() throws {
        try withStore { store throws in
            let silent = Service { $0.mail.transport = .none }
            let cookie = silent.register("ann", in: &store)
            let email = try #require(EmailAddress("ann@example.org"))
            let ann = try #require(try store.user(withEmail: email))
            let now = silent.clock.now()
            #expect(try store.setEmail(email, of: ann.id, verifiedAt: now, at: now))
            let offer = silent.send(Visit.get("/auth/confirm").with(cookie: cookie), in: &store)
            #expect(offer.json?["methods"] == ["password"])
            let mailing = service.send(Visit.get("/auth/confirm").with(cookie: cookie), in: &store)
            #expect(mailing.json?["methods"] == ["password", "email_code"])
        }
    }

    /// The secret stands in the form, and neither in an address nor in a header.
    @Test func `a page behind a link has the secret in its forms alone`() throws {
        try withStore { store throws in
            for page in Page.all where page.bringsToken {
                let route = Route.get("/try", .anyone, "Shows.") { exchange throws(Failure) in exchange.show() }
                let pipeline = Pipeline(app: service.app, pool: .web, routes: [route.showing(page)])
                let visit = Visit.page("/auth/try?token=\(someToken)")
                let answer = pipeline.respond(to: service.request(visit), with: &store)
                expectPage(answer, page.title)
                #expect(answer["Referrer-Policy"] == "no-referrer")
                let markup = Markup(text: answer.text)
                let hidden = markup.tags("input").filter { $0["value"] == someToken }
                #expect(hidden.count == markup.tags("form").count && !hidden.isEmpty)
                #expect(hidden.allSatisfy { $0["type"] == "hidden" && $0["name"] == "token" })
                let parts = answer.text.split(separator: someToken, omittingEmptySubsequences: false)
                #expect(parts.count - 1 == hidden.count)
                #expect(!answer.headers.contains { $0.value.contains(someToken) })
                #expect(markup.tags("input").allSatisfy { $0["name"] != "error_to" })
            }
        }
    }

    @Test(arguments: links, ["", "?token=", "?token=short"])
    func `a link that is none is told, with a way on`(path: String, query: String) throws {
        try withStore { store throws in
            let answer = service.send(.page(path + query), in: &store)
            #expect(answer.status == 410)
            #expect(answer["Referrer-Policy"] == "no-referrer")
            let page = Markup(text: answer.text)
            #expect(page.faults == [])
            #expect(page.tags("html").first?["data-error-code"] == "link_invalid")
            #expect(page.tags("a").contains { $0["href"]?.hasPrefix("/auth/") == true })
        }
    }

    @Test func `what a closed or a proving registration says`() throws {
        try withStore { store throws in
            func register(_ change: (inout Settings) -> Void) -> Markup {
                let answer = Service(change).send(.page("/auth/register"), in: &store)
                return Markup(text: answer.text)
            }
            let closed = register { $0.registration = .closed }
            #expect(closed.tags("form").isEmpty && closed.faults == [])
            let proving = register {
                $0.registration = .verified
                $0.mail.transport = .maildir
            }
            #expect(proving.tags("input").contains { $0["name"] == "return_to" && $0["value"] == "/auth/verify/sent" })
            #expect(proving.field("remember") == nil && proving.faults == [])
            let open = register { _ in }
            #expect(open.tags("input").contains { $0["name"] == "return_to" && $0["value"] == "/auth/account" })
            #expect(open.field("password")?["minlength"] == "15")
            #expect(open.field("password")?["autocomplete"] == "new-password")
            let strict = register { $0.passwords.preset = .seedStrict }
            #expect(strict.field("password")?["minlength"] == "8")
            #expect(strict.text.contains("a small letter, a capital letter, a digit, one of @$!%*?&amp;."))
        }
    }

    @Test func `the account's page shows it, and its form keeps what it does not change`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let hostile = "\"><script>alert(1)</script>"
            let form = "name=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&return_to=%2Fauth%2Faccount%3Fdone%3Dprofile"
            let saved = service.send(Visit.post("/auth/me", form: form).with(cookie: cookie), in: &store)
            #expect(saved["Location"] == "/auth/account?done=profile")
            let answer = service.send(.page("/auth/account?done=profile").with(cookie: cookie), in: &store)
            let page = Markup(text: answer.text)
            #expect(page.faults == [])
            #expect(page.field("name")?["value"] == "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;")
            #expect(page.field("username")?["value"] == "ann")
            #expect(answer.text.contains("ann@example.org (not proved yet)"))
            #expect(answer.text.contains("role=\"status\">Your profile is saved."))
            #expect(!answer.text.contains(hostile))
        }
    }

    @Test func `whoever has proved a moment ago who he is deletes without a password`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            func page() -> Markup {
                Markup(text: service.send(.page("/auth/me/delete").with(cookie: cookie), in: &store).text)
            }
            #expect(page().field("current_password") == nil && page().tags("form").count == 1)
            service.clock.advance(by: .minutes(11))
            #expect(page().field("current_password") != nil && page().faults == [])
            #expect(page().tags("a").contains { $0["href"] == "/auth/confirm?return_to=/auth/me/delete" })
        }
    }

    /// One whose account stands is not told that it begins, and ends where he is told that all is well.
    @Test func `the page that proves an address knows whether there is an account`() throws {
        try withStore { store throws in
            let open = Service { $0.mail.transport = .maildir }
            _ = open.register("ann", in: &store)
            let link = "/auth/verify?token=\(open.token("verification_token", in: &store))"
            #expect(
                open.send(.get(link), in: &store).json == ["valid": true, "subject": "account", "proof": "password"])
            let page = open.send(.page(link), in: &store)
            #expect(!page.text.contains("account begins") && !page.text.contains("browser that registered"))
            let targets = Markup(text: page.text).tags("input").filter { $0["name"] == "return_to" }
            #expect(targets.compactMap { $0["value"] } == ["/auth/done?done=verified", "/auth/done?done=verified"])
        }
    }

    @Test func `sessions are listed with a button each, and end`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            service.clock.advance(by: .seconds(60))
            let form = Visit.post("/auth/login", form: "username=ann&password=correct+horse+battery")
            let other = service.send(form.with(.userAgent, "<b>Evil\u{202e}</b>"), in: &store).sessionCookie ?? ""
            let list = service.send(.page("/auth/sessions").with(cookie: cookie), in: &store)
            let page = Markup(text: list.text)
            #expect(page.faults == [])
            #expect(list.text.contains("&lt;b&gt;Evil\u{FFFD}&lt;/b&gt;"))
            #expect(list.text.contains("Test/1.0</strong> – this browser"))
            let ends = page.tags("form").compactMap { $0["action"] }.filter { $0.hasSuffix("/delete") }
            #expect(ends.count == 2)
            // The newest first: the other browser's.
            let end = Visit.post(ends[0], form: "return_to=%2Fauth%2Fsessions%3Fdone%3Dsession").with(cookie: cookie)
            #expect(service.send(end, in: &store)["Location"] == "/auth/sessions?done=session")
            #expect(service.send(Visit.get("/auth/session").with(cookie: other), in: &store).status == 401)
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 200)
            let again = service.send(end.with(.referer, "https://example.org/auth/sessions"), in: &store)
            #expect(again["Location"] == "/auth/sessions?error=not_found#not_found")
        }
    }

    /// w3m and lynx send neither `Origin` nor `Sec-Fetch-Site`, and w3m no `Referer` when it is told so.
    @Test func `forms of the account work in a browser that says nothing of itself`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let visit = Visit.page("/auth/account").with(.cookie, cookie)
            let page = Markup(text: service.send(visit, in: &store).text)
            let csrf = page.tags("input").first { $0["name"] == "csrf_token" }?["value"] ?? ""
            func post(_ form: String) -> Response {
                service.send(Visit.post("/auth/me", form: form).with(.origin, nil).with(.cookie, cookie), in: &store)
            }
            #expect(post("name=Ann").status == 403)
            #expect(post("name=Ann&csrf_token=\(csrf)").status == 303)
        }
    }

    @Test func `the style sheet is cached, and another one takes its place`() throws {
        try withStore { store throws in
            let answer = service.send(.get("/auth/style.css"), in: &store)
            #expect(answer["Content-Type"] == "text/css; charset=utf-8")
            #expect(answer.all("Cache-Control") == ["public, max-age=86400"])
            #expect(!answer.text.contains("url(") && !answer.text.contains("@import"))
            func link(_ service: Service) -> String? {
                Markup(text: service.send(.page("/auth/login"), in: &store).text).tags("link").first?["href"]
            }
            #expect(link(service)?.wholeMatch(of: #/\/auth\/style\.css\?v=[0-9a-f]{8}/#) != nil)
            #expect(link(Service { $0.pages.stylesheet = "/own.css" }) == "/own.css")
        }
    }
}
