import Foundation
import Support
import Testing

/// What clients see while the database is away, slow or of another version.
@Suite struct ProcessDatabaseTests {
    /// Everything that needs the database says so within two seconds, and what does not goes on.
    private func expectUnavailable(_ service: RunningService, _ token: String) throws {
        let web = try service.pool("web")
        let bearer = [FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(token)")]
        let attempts: [(String, () throws -> FastCGIAnswer)] = [
            ("readyz", { try web.send("GET", "/auth/readyz") }),
            ("ping", { try web.send("GET", "/db-test/ping") }),
            ("session", { try web.send("GET", "/auth/session", more: bearer) }),
            ("login", { try service.pool("login").post("/auth/login", #"{"username":"a1","password":"b"}"#) }),
        ]
        for (name, attempt) in attempts {
            let start = ContinuousClock.now
            let answer = try attempt()
            #expect(answer.status == 503, "\(name)")
            #expect(Int(answer["Retry-After"] ?? "") ?? 0 > 0, "\(name)")
            #expect(ContinuousClock.now - start < .milliseconds(2500), "\(name)")
        }
        for policy in ["", "optional=1"] {
            let check = try service.pool("check").send(
                "GET", "/_auth/x", more: bearer + [FastCGIParameter("AUTH_POLICY", policy)])
            #expect(check.status == 503 && check["X-Auth-Decision"] != "allow", "\(policy)")
        }
        #expect(try web.send("GET", "/auth/healthz").status == 200)
    }

    @Test func `readiness follows the database and its schema within two seconds, and tells no detail`() throws {
        let own = try OwnService(server: TestServer())
        try own.start()
        let web = try own.service.pool("web")
        func turns(_ status: Int) -> Bool {
            eventually(within: 2) { (try? web.send("GET", "/auth/readyz").status) == status }
        }
        func expectSilence() throws {
            for path in ["/auth/readyz", "/auth/healthz"] {
                let body = try web.send("GET", path).body.lowercased()
                for detail in ["schema", "version", "migrat", "socket", own.database] {
                    #expect(!body.contains(detail), "\(path): \(body)")
                }
            }
            #expect(try web.send("GET", "/auth/healthz").status == 200)
        }
        #expect(turns(200))
        let root = try RootConnection(own.root)
        for (harm, cure) in [
            ("RENAME TABLE schema_migrations TO away", "RENAME TABLE away TO schema_migrations"),
            (
                "UPDATE schema_migrations SET version = version - 1 ORDER BY version",
                "UPDATE schema_migrations SET version = version + 1 ORDER BY version DESC"
            ),
            ("UPDATE schema_migrations SET oldest_program = 9999", "UPDATE schema_migrations SET oldest_program = 1"),
        ] {
            try root.run(harm)
            #expect(turns(503), "\(harm)")
            try expectSilence()
            try root.run(cure)
            #expect(turns(200), "\(cure)")
        }
        own.server.kill()
        #expect(turns(503))
        try expectSilence()
        own.server.start()
        #expect(turns(200))
        own.server.suspend()
        #expect(turns(503))
        try expectSilence()
        own.server.resume()
        #expect(turns(200))
        own.server.kill()
    }

    private func isBack(_ service: RunningService, _ token: String) throws -> Bool {
        let bearer = [FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(token)")]
        return try eventually { try service.pool("web").send("GET", "/auth/session", more: bearer).status == 200 }
    }

    @Test func `a database that is killed and comes back, or hangs for a while, costs refusals and no restart`() throws
    {
        let own = try OwnService(server: TestServer())
        let before = try own.start()
        let user = try Hostile.user(try own.service.pool("login"))
        #expect(try isBack(own.service, user.token))
        own.server.kill()
        try expectUnavailable(own.service, user.token)
        own.server.start()
        #expect(try isBack(own.service, user.token))
        // Each worker finds out by itself.
        let isIn = eventually { (try? Hostile.signIn(own.service.pool("login"), user.name))?.isEmpty == false }
        #expect(isIn)
        own.server.suspend()
        try expectUnavailable(own.service, user.token)
        own.server.resume()
        #expect(try isBack(own.service, user.token))
        #expect(try own.service.status().processes() == before.processes())
        own.server.kill()
    }

    @Test func `a schema of a newer program is refused with what to do`() throws {
        let own = try OwnService()
        let root = try RootConnection(own.server.root)
        try root.run(
            "INSERT INTO \(own.database).schema_migrations SELECT 9999, 'tomorrow', checksum, applied_at, 9999"
                + " FROM \(own.database).schema_migrations WHERE version = 1")
        let serve = try own.service.command("serve")
        #expect(serve.status != 0 && serve.errors.contains("9999") && serve.errors.contains("install"))
        let migrate = try own.service.command("migrate")
        #expect(migrate.status != 0 && migrate.errors.contains("9999"))
    }

    @Test func `a schema that nobody migrated is refused with what to run`() throws {
        let own = try OwnService()
        let root = try RootConnection(own.server.root)
        try root.run("DELETE FROM \(own.database).schema_migrations")
        let serve = try own.service.command("serve")
        #expect(serve.status != 0 && serve.errors.contains("authfcgi migrate"))
        #expect(try own.service.command("migrate").status == 0)
        try own.start()
        #expect(try own.service.pool("web").send("GET", "/auth/readyz").status == 200)
    }
}
