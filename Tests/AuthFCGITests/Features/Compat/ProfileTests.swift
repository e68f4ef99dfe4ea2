import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// What holds for every profile.
@Suite struct `Profiles` {
    static let signIns = [
        ("/compat/boilerplate/api/v1/login", "username=ann&password=wrong", ["detail"]),
        ("/compat/skill/auth/login", "email=ann%40example.org&password=wrong", ["detail", "error_code"]),
        (
            "/compat/usrak/auth/sign-in", "auth_provider=email&email=ann%40example.org&password=wrong",
            ["success", "message"]
        ),
    ]

    @Test(arguments: signIns)
    func `a profile is off until it has a mount point`(path: String, body: String, names: [String]) throws {
        try withStore { store throws in
            let answer = Service().send(.post(path, form: body), to: .login, in: &store)
            #expect(answer.status == 404)
        }
    }

    @Test(arguments: signIns)
    func `a form from an unlisted origin is refused in the profile's shape`(
        path: String, body: String, names: [String]
    ) throws {
        try withStore { store throws in
            let answer = Service.withProfiles.send(
                Visit.post(path, form: body).with(.origin, "https://evil.example"), in: &store)
            #expect(answer.status == 403)
            #expect(answer.json?.names == names)
            #expect(answer.text.contains("Forms of that site are not accepted here."))
        }
    }

    @Test(arguments: signIns)
    func `guesses count together with those at the canonical path`(path: String, body: String, names: [String]) throws {
        try withStore { store throws in
            let service = Service {
                $0.compat = .usual
                $0.limits.signInNetwork = Budget(burst: 2, every: .minutes(15))
            }
            _ = service.register("ann", in: &store)
            for _ in 0..<2 {
                _ = service.send(
                    .post("/auth/login", json: ["username": "ann@example.org", "password": "wrong"]), in: &store)
            }
            let answer = service.send(Visit.post(path, form: body), in: &store)
            #expect(answer.status == 429)
            #expect(answer.json?.names == names)
            #expect(answer["Retry-After"] != nil)
        }
    }

    @Test(arguments: signIns)
    func `a form is never answered with a redirect`(path: String, body: String, names: [String]) throws {
        try withStore { store throws in
            let visit = Visit.post(path, form: body + "&error_to=%2Fsignin.html").with(.accept, "text/html")
            let answer = Service.withProfiles.send(visit, in: &store)
            #expect([401, 403].contains(answer.status))
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer.json?.names == names)
        }
    }

    @Test(arguments: signIns)
    func `a route with a password is served by its pool only`(path: String, body: String, names: [String]) throws {
        try withStore { store throws in
            let answer = Service.withProfiles.send(.post(path, form: body), to: .web, in: &store)
            #expect(answer.status == 404)
        }
    }

    @Test func `a fault is told without its text`() {
        let summary = "Table 'users' is marked as crashed"
        let defect = Answer.Told(.defect(summary))
        let outage = Answer.Told(.databaseUnavailable(summary))
        for refuse in [BoilerplateJSON.refusal, { SkillJSON.refusal($0, nil) }, UsrakJSON.refusal] {
            for (told, status) in [(defect, 500), (outage, 503)] {
                let answer = refuse(told)
                #expect(answer.status == status)
                #expect(answer.text.contains(ErrorCatalogue.entry(told.code).detail))
                #expect(!answer.text.contains("users"))
            }
        }
    }

    @Test(arguments: [
        "/compat/boilerplate/api/v1/logout", "/compat/usrak/auth/logout", "/compat/usrak/auth/check-auth",
    ])
    func `a cookie without browser headers needs the token`(path: String) throws {
        try withStore { store throws in
            let service = Service.withProfiles
            let cookie = service.register("ann", in: &store)
            #expect(service.send(Visit("POST", path).with(.cookie, cookie), in: &store).status == 403)
            #expect(service.send(Visit.get("/auth/session").with(cookie: cookie), in: &store).status == 200)
        }
    }
}
