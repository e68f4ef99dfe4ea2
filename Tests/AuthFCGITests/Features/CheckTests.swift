import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct `The check` {
    private let service = Service()

    @Test func `a live session is allowed with its identity`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let id = service.send(Visit.get("/auth/me").with(cookie: cookie), in: &store).json?["id"]?.text
            let answer = service.send(Visit.check("").with(cookie: cookie), in: &store)
            #expect(answer.status == 200)
            #expect(answer["X-Auth-Decision"] == "allow")
            #expect(answer["X-Auth-Request-User"] == id)
            #expect(answer["X-Auth-Request-Email"]?.isEmpty == true)
            #expect(answer["X-Auth-Request-Preferred-Username"] == "ann")
            #expect(answer["X-Auth-Request-Groups"] == "user")
            #expect(answer["X-Auth-Session"]?.count == 36)
            #expect(answer.all("Set-Cookie").isEmpty)
        }
    }

    @Test func `a check is one statement`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            store.startTrace()
            _ = service.send(Visit.check("").with(cookie: cookie), in: &store)
            #expect(store.takeTrace().count == 1)
        }
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
    func `every method is checked alike`(method: String) throws {
        try withStore { store throws in
            let answer = service.send(Visit.check("").with(.requestMethod, method), in: &store)
            #expect(answer.status == 401)
            #expect(answer["X-Auth-Decision"] == "deny")
            #expect(answer["X-Auth-Reason"] == "authentication_required")
        }
    }

    @Test func `nobody is led to the sign-in page and back`() throws {
        try withStore { store throws in
            let answer = service.send(Visit.check("", uri: "/members/two?x=1&y=%2F"), in: &store)
            #expect(answer["X-Auth-Redirect"] == "/signin.html?return_to=/members/two%3Fx%3D1%26y%3D%252F")
            #expect(answer["WWW-Authenticate"]?.isEmpty == false)
        }
    }

    @Test func `an address that is too long to lead back to leaves room for the way to the sign-in page`() throws {
        try withStore { store throws in
            let answer = service.send(
                Visit.check("", uri: "/members/" + String(repeating: "%", count: 2000)), in: &store)
            #expect(answer.status == 401)
            #expect(answer["X-Auth-Redirect"] == "/signin.html")
        }
    }

    /// Decisions 5.
    @Test(arguments: ["", "optional=1"]) func `two credentials are none, wherever they come`(policy: String) throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let token = SessionToken.random().reveal()
            let answer = service.send(Visit.check(policy).with(cookie: cookie).with(bearer: token), in: &store)
            #expect(answer.status == 401)
            #expect(answer["X-Auth-Reason"] == "ambiguous_credentials")
        }
    }

    @Test func `an optional place lets nobody in without a name and with empty identity`() throws {
        try withStore { store throws in
            let answer = service.send(Visit.check("optional=1"), in: &store)
            #expect(answer.status == 200)
            #expect(answer["X-Auth-Request-User"]?.isEmpty == true)
            #expect(answer["X-Auth-Request-Groups"]?.isEmpty == true)
        }
    }

    @Test(arguments: ["unknown=1", "role=$role", "verified=maybe", "optional=1&optional=1"])
    func `a policy that cannot be read denies everybody`(policy: String) throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(Visit.check(policy).with(cookie: cookie), in: &store)
            #expect(answer.status == 403)
            #expect(answer["X-Auth-Reason"] == "policy_invalid")
        }
    }

    /// Decisions 16: a client's query is no policy.
    @Test(arguments: ["/members/?optional=1", "/members/%26optional=1", "/members/;optional=1"])
    func `a query at the check is ignored`(uri: String) throws {
        try withStore { store throws in
            let visit = Visit.check("", uri: uri).with(.queryString, "optional=1")
            #expect(service.send(visit, in: &store).status == 401)
        }
    }

    @Test func `an ended session is told apart from none`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            service.clock.advance(by: .hours(3))
            let answer = service.send(Visit.check("").with(cookie: cookie), in: &store)
            #expect(answer.status == 401)
            #expect(answer["X-Auth-Reason"] == "session_expired")
        }
    }

    @Test func `a fresh sign-in is demanded where the policy says so`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            service.clock.advance(by: .seconds(301))
            #expect(
                service.send(Visit.check("max_age=300").with(cookie: cookie), in: &store)["X-Auth-Reason"]
                    == "reauth_required")
            #expect(service.send(Visit.check("max_age=302").with(cookie: cookie), in: &store).status == 200)
        }
    }

    @Test func `an unverified address is 403`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(Visit.check("verified=1").with(cookie: cookie), in: &store)
            #expect(answer.status == 403)
            #expect(answer["X-Auth-Reason"] == "email_not_verified")
        }
    }

    @Test func `the profiles of headers are the operator's choice`() throws {
        let service = Service { settings in
            settings.check.headers = [.remote]
            settings.check.user = .username
        }
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(Visit.check("").with(cookie: cookie), in: &store)
            #expect(answer["Remote-User"] == "ann")
            #expect(answer["X-Auth-Request-User"] == nil)
        }
    }

    @Test func `names in headers are percent-encoded`() throws {
        let service = Service { $0.check.headers = [.remote] }
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            _ = service.send(Visit.post("/auth/me", json: ["name": "Ann Ö, 100%"]).with(cookie: cookie), in: &store)
            let answer = service.send(Visit.check("").with(cookie: cookie), in: &store)
            #expect(answer["Remote-Name"] == "Ann %C3%96%2C 100%25")
        }
    }

    @Test func `another pool does not answer checks`() throws {
        try withStore { store throws in
            let cookie = service.register("ann", in: &store)
            let answer = service.send(Visit.check("").with(cookie: cookie), to: .web, in: &store)
            #expect(answer.status == 404)
            #expect(answer["X-Auth-Decision"] == nil)
        }
    }
}
