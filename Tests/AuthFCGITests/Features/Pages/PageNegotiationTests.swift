import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `Pages and programs` {
    private let service = Service()

    @Test(arguments: [
        (nil, false), ("*/*", false), ("application/json", false), (browserAccept, true), ("text/html", true),
        ("text/html, text/plain, */*;q=0.01", true), ("application/json, text/html;q=0.9", false),
        ("application/json;q=0.5, text/html", true), ("text/html;q=0", false), ("text/*", false),
        ("text/html, application/json", true), ("", false),
    ])
    func `a route with both answers who asks for HTML with its page`(accept: String?, isPage: Bool) throws {
        #expect(AcceptHeader.prefersHTML(accept) == isPage)
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let visit = Visit.get("/auth/sessions").with(cookie: cookie).with(.accept, accept)
            for answer in [service.send(visit, in: &store), service.send(head(visit), in: &store)] {
                #expect(answer.status == 200)
                #expect(answer["Content-Type"] == (isPage ? "text/html; charset=utf-8" : "application/json"))
                #expect(answer["Vary"]?.contains("Accept") == true)
            }
        }
    }

    @Test func `a question is answered with texts for a template, or as JSON`() throws {
        try withStore { store throws in
            let route = Route.get("/try", .anyone, "Tells.") { exchange throws(Failure) in
                exchange.told([
                    "event": "password.changed", "at": "2026-01-31T08:05:09.000250Z", "token": "<t>",
                    "will": ["block_password"], "html_content": "<script>", "restored": true,
                ])
            }.showing(.notMe)
            let pipeline = Pipeline(app: service.app, pool: .web, routes: [route])
            let visit = Visit.page("/auth/try?token=\(someToken)")
            let page = pipeline.respond(to: service.request(visit), with: &store)
            #expect(page.text.contains("The password of your account was changed on 2026-01-31 08:05 UTC."))
            #expect(page.text.contains("The password stops working.") && !page.text.contains("is there again"))
            #expect(page.text.contains("value=\"\(someToken)\""))
            #expect(Markup(text: page.text).faults == [])
            let program = pipeline.respond(to: service.request(visit.with(.accept, nil)), with: &store)
            #expect(program.json?["event"] == "password.changed")
        }
    }

    @Test func `an object becomes texts`() {
        let value: JSONValue = [
            "a": "<b>", "n": 7, "yes": true, "no": false, "none": .null, "way": "email_code", "inner": ["x": "y"],
            "list": ["one.two", "Three", 4],
        ]
        let texts = ["a": "<b>", "n": "7", "yes": "1", "way": "email_code", "way_email_code": "1", "list_one_two": "1"]
        #expect(PageTexts.of(value) == texts)
    }

    @Test func `a link in the browser that registered needs one button`() throws {
        try withStore { store throws in
            func forms(_ proof: JSONValue) -> Int {
                let route = Route.get("/try", .anyone, "Tells.") { exchange throws(Failure) in
                    exchange.told(["proof": proof])
                }.showing(.verify)
                let pipeline = Pipeline(app: service.app, pool: .web, routes: [route])
                let visit = Visit.page("/auth/try?token=\(someToken)")
                let page = Markup(text: pipeline.respond(to: service.request(visit), with: &store).text)
                #expect(page.faults == [])
                return page.tags("form").count
            }
            #expect(forms("browser") == 1)
            #expect(forms("password") == 2)
        }
    }

    /// Security C1: whatever looks at links, or fetches pages before anybody asks for them, does nothing by it.
    @Test func `no GET and no HEAD changes a row`() throws {
        try withSchema { schema in
            var store = schema.store()
            let root = try RootConnection(schema.root)
            let cookie = service.register("ann", in: &store)
            let tables = try root.rows("SHOW TABLES").compactMap { $0.first ?? nil }
            func sums() throws -> [[String?]] {
                try root.rows("CHECKSUM TABLE " + tables.joined(separator: ", "))
            }
            let before = try sums()
            #expect(tables.count > 10)
            for route in Routes.all where route.method == .get {
                for query in ["", "?token=\(someToken)", "?error=required&done=password"] {
                    let visit = Visit.page(route.fullPath(below: "/auth") + query)
                    for visit in [visit, visit.with(cookie: cookie), visit.with(.accept, nil)] {
                        _ = service.send(visit, in: &store)
                        _ = service.send(head(visit), in: &store)
                    }
                }
            }
            #expect(try sums() == before)
            _ = service.send(Visit.post("/auth/me", form: "name=Ann").with(cookie: cookie), in: &store)
            #expect(try sums() != before)
        }
    }

    private func head(_ visit: Visit) -> Visit { visit.with(.requestMethod, "HEAD") }
}
