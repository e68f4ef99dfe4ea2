import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Errors on pages` {
    private let service = Service()

    private func flash(of answer: Response) -> String {
        let cookie = answer.all("Set-Cookie").first { $0.hasPrefix("__Host-flash=") } ?? ""
        return String(cookie.split(separator: ";").first ?? "")
    }

    /// Follows the way back of a refused form, as a browser does.
    private func follow(_ refused: Response, in store: inout Store) -> Response {
        let target = String((refused["Location"] ?? "").prefix { $0 != "#" })
        return service.send(.page(target).with(.cookie, flash(of: refused)), in: &store)
    }

    @Test func `a refused form shows its error beside the field, and what was typed`() throws {
        try withStore { store throws in
            let form =
                "email=%22%3E%3Cscript%3E&name=%22%3E%3Cscript%3E&remember=1&password=canary-secret-1"
                + "&error_to=%2Fauth%2Fregister%3Freturn_to%3D%2Fmembers%2F"
            let refused = service.send(.post("/auth/register", form: form), in: &store)
            #expect(
                refused["Location"]
                    == "/auth/register?return_to=/members/&error=invalid_email&field=email#invalid_email")
            let answer = follow(refused, in: &store)
            let page = Markup(text: answer.text)
            #expect(page.faults == [])
            #expect(page.field("email")?["aria-invalid"] == "true")
            #expect(page.field("email")?["aria-describedby"] == "invalid_email")
            #expect(page.field("email")?["autofocus"] != nil)
            #expect(page.field("email")?["value"] == "&quot;&gt;&lt;script&gt;")
            #expect(page.field("name")?["value"] == "&quot;&gt;&lt;script&gt;")
            #expect(page.field("remember")?["checked"] != nil)
            #expect(page.field("name")?["aria-invalid"] == nil)
            #expect(answer.text.contains("This is not an e-mail address."))
            #expect(!answer.text.contains("canary"))
            #expect(page.tags("input").contains { $0["name"] == "return_to" && $0["value"] == "/members/" })
            #expect(answer.all("Set-Cookie").contains { $0.hasPrefix("__Host-flash=;") && $0.contains("Max-Age=0") })
        }
    }

    @Test func `a short password is told with its figure`() throws {
        try withStore { store throws in
            let form = "email=a%40example.org&password=short&error_to=%2Fauth%2Fregister"
            let answer = follow(service.send(.post("/auth/register", form: form), in: &store), in: &store)
            let page = Markup(text: answer.text)
            #expect(answer.text.contains("The password needs at least 15 characters."))
            #expect(page.field("password")?["aria-describedby"] == "too_short password-hint")
            #expect(page.field("email")?["value"] == "a@example.org")
            #expect(page.faults == [])
        }
    }

    @Test func `an error of no field stands at the top`() throws {
        try withStore { store throws in
            let answer = service.send(.page("/auth/login?error=rate_limited"), in: &store)
            let page = Markup(text: answer.text)
            #expect(page.faults == [])
            #expect(page.tags("p").contains { $0["id"] == "rate_limited" && $0["role"] == "alert" })
            #expect(page.content(of: "title") == "Error: Sign in – Example")
            #expect(page.tags("html").first?["data-error-code"] == "rate_limited")
        }
    }

    @Test(arguments: [
        "error=%22%3E%3Cscript%3E&field=%22%3E%3Cscript%3E", "error=nonsense", "error=", "done=nonsense",
        "return_to=%22%3E%3Cscript%3E", "return_to=javascript:alert(1)", "return_to=//evil.example/", "%", "error=%00",
        "error=a&error=b", "token=\(someToken)", "code=%22%3E",
    ])
    func `a strange address says nothing on the page`(query: String) throws {
        try withStore { store throws in
            let plain = service.send(.page("/auth/login"), in: &store)
            let answer = service.send(.page("/auth/login?\(query)"), in: &store)
            #expect(answer.text == plain.text)
            #expect(answer.all("Set-Cookie").isEmpty)
        }
    }

    @Test func `a hostile field is shown as text or not at all`() throws {
        try withStore { store throws in
            let query = "error=required&field=%22%3E%3Cscript%3E&return_to=%2Fa%3Fb%3D%22%26c%3D'd'"
            let answer = service.send(.page("/auth/login?\(query)"), in: &store)
            #expect(Markup(text: answer.text).faults == [])
            let accepted = service.send(.page("/auth/login?return_to=%2Fa%3Fb%3D'c'%26d"), in: &store)
            #expect(accepted.text.contains("value=\"/a?b=&apos;c&apos;&amp;d\""))
            #expect(Markup(text: accepted.text).faults == [])
        }
    }

    @Test func `a flash of another form fills nothing in`() throws {
        try withStore { store throws in
            let form = "email=nonsense&password=x&error_to=%2Fauth%2Fregister"
            let cookie = flash(of: service.send(.post("/auth/register", form: form), in: &store))
            let answer = service.send(.page("/auth/recover").with(.cookie, cookie), in: &store)
            #expect(!answer.text.contains("nonsense"))
            #expect(answer.all("Set-Cookie").isEmpty)
        }
    }

    /// A secret of a link stands in no address of ours, so the form's page is the answer.
    @Test func `a refused form behind a link is shown once more with its secret in the form`() throws {
        try withStore { store throws in
            let refusing = Route.post(
                "/try", .anyone, forms: .signIn, fields: ["token", "new_password"], "Refuses."
            ) { _ throws(Failure) in throw .refused(InvalidInput("new_password", "weak_password")) }.showing(.reset)
            let answer = refused(by: refusing, in: &store)
            #expect(answer.status == 422)
            #expect(answer["Location"] == nil)
            #expect(answer["Referrer-Policy"] == "no-referrer")
            let page = Markup(text: answer.text)
            #expect(page.faults == [])
            #expect(page.field("new_password")?["aria-invalid"] == "true")
            #expect(page.tags("input").filter { $0["value"] == someToken }.map { $0["type"] } == ["hidden"])
            #expect(!answer.headers.contains { $0.value.contains(someToken) })
            #expect(answer.all("Set-Cookie").isEmpty)
            #expect(!answer.text.contains("canary-secret-2"))
        }
    }

    @Test func `the form of every page behind a link knows that page`() {
        for shown in Routes.all {
            guard shown.method == .get, let page = shown.page, page.bringsToken else { continue }
            let sent = Routes.all.first { $0.method == .post && $0.path == shown.path }
            #expect(sent?.page?.title == page.title, "\(shown.path)")
        }
    }

    @Test func `a link that is worth nothing when its form comes is told, with a way on`() throws {
        try withStore { store throws in
            let refusing = Route.post("/try", .anyone, forms: .signIn, fields: ["token", "new_password"], "Refuses.") {
                _ throws(Failure) in throw .refused(LinkRefused.expired)
            }.showing(.reset)
            let answer = refused(by: refusing, in: &store)
            #expect(answer.status == 410)
            #expect(answer.text.contains("href=\"/auth/recover\""))
            #expect(!answer.text.contains(someToken))
            #expect(Markup(text: answer.text).faults == [])
        }
    }

    private func refusing(_ failure: Failure, _ page: Page) -> Route {
        Route.post("/try", .anyone, forms: .signIn, fields: ["token", "password", "new_password"], "Refuses.") {
            _ throws(Failure) in throw failure
        }.showing(page)
    }

    private static let outage = Failure.fault(
        Fault(.unavailable(code: "database_unavailable", retryAfter: .seconds(1)), "a test"))

    /// Its page knows only with the link's secret whether more than the button is needed.
    @Test func `a button that was refused for a reason of ours does not ask for passwords`() throws {
        try withStore { store throws in
            let answer = refused(by: refusing(Self.outage, .verify), "token=\(someToken)", in: &store)
            #expect(answer.status == 503)
            let page = Markup(text: answer.text)
            #expect(page.faults == [] && page.tags("form").isEmpty && answer.text.contains("Go back"))
            for (failure, sent) in [
                (Self.outage, "password=x"), (.refused(InvalidInput("password", "required")), "other=x"),
            ] {
                let again = refused(by: refusing(failure, .verify), "token=\(someToken)&\(sent)", in: &store)
                #expect(Markup(text: again.text).field("password") != nil, "\(sent)")
            }
        }
    }

    @Test(
        arguments: [Failure.refused(NameTaken.email), .refused(HTTPRefusal("account_on_hold", .forbidden))],
        ["", "&password=x"])
    func `what no second try can mend is told with a way on`(failure: Failure, sent: String) throws {
        try withStore { store throws in
            let answer = refused(by: refusing(failure, .confirmEmail), "token=\(someToken)\(sent)", in: &store)
            #expect(answer.text.contains("href=\"/auth/email\"") && !answer.text.contains("Go back"))
            #expect(Markup(text: answer.text).tags("form").isEmpty && !answer.text.contains(someToken))
        }
    }

    @Test func `whoever follows the link of his registration again is told that he can sign in`() throws {
        try withStore { store throws in
            let proved = service.send(.page("/auth/verify?token=\(someToken)"), in: &store)
            #expect(proved.text.contains("href=\"/signin.html\"") && proved.text.contains("/auth/verify/resend"))
            let reset = service.send(.page("/auth/recover/reset?token=\(someToken)"), in: &store)
            #expect(!reset.text.contains("/signin.html"))
        }
    }

    private func refused(
        by route: Route, _ form: String = "token=\(someToken)&new_password=canary-secret-2", in store: inout Store
    ) -> Response {
        let pipeline = Pipeline(app: service.app, pool: route.pool, routes: [route])
        let visit = Visit.post("/auth/try", form: form)
            .with(.referer, "https://example.org/auth/try?token=\(someToken)")
        return pipeline.respond(to: service.request(visit), with: &store)
    }

    @Test func `a stale sign-in is led to where it is made fresh, and back`() throws {
        try withStore { store throws in
            let route = Route.get("/try", .anyone, "Refuses.") { _ throws(Failure) in
                throw .refused(HTTPRefusal("reauth_required", .forbidden))
            }.showing(.account)
            let pipeline = Pipeline(app: service.app, pool: .web, routes: [route])
            let answer = pipeline.respond(to: service.request(.page("/auth/try?a=b")), with: &store)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/auth/confirm?return_to=/auth/try%3Fa%3Db")
            let program = pipeline.respond(to: service.request(.get("/auth/try")), with: &store)
            #expect(program.code == "reauth_required")
            let told = service.send(.page("/auth/login?error=reauth_required"), in: &store)
            #expect(told.text.contains("href=\"/auth/confirm?return_to=/auth/login\""))
        }
    }
}
