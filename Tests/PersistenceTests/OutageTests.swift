import Domain
import Foundation
import Persistence
import Support
import Testing

/// Reliability R4, R6: 503 within two seconds, and work again by itself.
@Suite struct OutageTests {
    @Test func `a server that is gone, hangs or comes back`() throws {
        let server = TestServer(isDurable: true)
        let schema = try TestSchema(on: server)
        var store = schema.store(limits: .service)
        _ = try store.insert(.named("ann"))

        server.kill()
        #expect(timed { code { try store.ping() } } == "database_unavailable")
        server.start()
        try awaitAnswer(of: &store)
        server.kill()
        server.start()
        // The dead connection is noticed before anything is sent: even a write goes through.
        _ = try store.insert(.named("bob"))

        server.suspend()
        #expect(timed { code { try store.ping() } } == "database_unavailable")
        #expect(timed { code { _ = try store.insert(.named("cem")) } } == "database_unavailable")
        #expect(
            timed { code { try store.atomically { tx throws(Failure) in try tx.ping() } } } == "database_unavailable")
        server.resume()
        try awaitAnswer(of: &store)
        #expect(try Set(store.users(after: nil, limit: 9, deleted: true).compactMap(\.name)) == ["ann", "bob"])
    }

    @Test func `a server that greets and then says nothing is waited for once`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy)
            proxy.weather = .deaf(to: "SELECT MAX(version)")
            try expectOneWait(of: &store)
            #expect(proxy.counts.swallowed == 1)
            proxy.weather = .fair
            try awaitAnswer(of: &store)
        }
    }

    /// Here the server answers, after 0.9 s: that the statement's time is over.
    @Test func `a locked table of versions is waited for once`() throws {
        try withSchema { schema throws in
            var store = schema.store(limits: .service)
            let other = try RootConnection(schema.root)
            try other.run("LOCK TABLES schema_migrations WRITE")
            try expectOneWait(of: &store)
            try other.run("UNLOCK TABLES")
            try awaitAnswer(of: &store)
        }
    }

    @Test func `a transaction whose connection is lost is run again from its beginning`() throws {
        let server = TestServer(isDurable: true)
        let schema = try TestSchema(on: server)
        var store = schema.store()
        var runs = 0
        try store.atomically { tx throws(Failure) in
            runs += 1
            _ = try tx.insert(.named("ann"))
            if runs == 1 {
                server.kill()
                server.start()
            }
            _ = try tx.insert(.named("bob"))
        }
        #expect(runs == 2)
        #expect(try store.users(after: nil, limit: 9, deleted: true).count == 2)
    }

    @Test func `a wrong password is an outage that names account and place but no secret`() throws {
        let schema = try TestSchema.reading()
        var settings = schema.application
        settings.password = "not-the-password".secret
        var store = Store(settings: settings, keyring: .test, incarnation: [UInt8](repeating: 1, count: 16))
        do {
            try store.ping()
            Issue.record("it connected")
        } catch Failure.fault(let fault) {
            #expect(fault.summary.contains("1045"))
            #expect(fault.summary.contains(schema.name))
            #expect(!fault.summary.contains("not-the-password"))
        }
    }

    private func expectOneWait(of store: inout Store) throws {
        #expect(timed { code { try store.ping() } } == "database_unavailable")
        let start = ContinuousClock.now
        // Longer than a refusal is remembered.
        for _ in 0..<30 {
            #expect(code { try store.ping() } == "database_unavailable")
            usleep(10_000)
        }
        #expect(ContinuousClock.now - start < .milliseconds(1800))
    }

    private func timed<Result>(_ body: () -> Result) -> Result {
        let start = ContinuousClock.now
        defer { #expect(ContinuousClock.now - start < .milliseconds(2200)) }
        return body()
    }

    private func awaitAnswer(of store: inout Store) throws {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(2) {
            if code(of: { try store.ping() }) == nil { return }
        }
        Issue.record("no answer two seconds after the server was back")
    }
}
