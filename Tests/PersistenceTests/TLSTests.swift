import Crypto
import Domain
import Foundation
import Persistence
import Support
import Testing

/// The database over TCP: only with TLS, and only with the server that was meant.
@Suite struct TLSTests {
    /// Certificates that openssl makes: two authorities, and a server called `localhost` under the first.
    private struct Certificates {
        let directory = "/tmp/authfcgi-tls-\(getpid())-\(UInt32.random(in: 0 ... .max))"

        init() throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for name in ["right", "wrong"] {
                try openssl(
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name) authority",
                    "-keyout", "\(name).key", "-out", "\(name).pem")
            }
            try openssl(
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out",
                "server.csr")
            try "subjectAltName=DNS:localhost\n".write(
                toFile: directory + "/names", atomically: true, encoding: .utf8)
            try openssl(
                "x509", "-req", "-in", "server.csr", "-CA", "right.pem", "-CAkey", "right.key", "-CAcreateserial",
                "-days", "2", "-extfile", "names", "-out", "server.pem")
        }

        private func openssl(_ arguments: String...) throws {
            _ = try Command(["sh", "-c", "cd '\(directory)' && exec openssl \"$@\"", "sh"] + arguments).output()
        }

        func path(_ name: String) -> String { "\(directory)/\(name).pem" }
    }

    private func settings(
        _ schema: TestSchema, host: String = "localhost", port: Int, authority: String
    ) -> DatabaseSettings {
        var settings = schema.application
        settings.socket = ""
        settings.host = host
        settings.port = port
        settings.tlsCA = authority
        return settings
    }

    private func store(_ settings: DatabaseSettings) -> Store {
        Store(settings: settings, keyring: .test, incarnation: Random.bytes(16))
    }

    @Test func `the connection is encrypted, and made with the server that was meant only`() throws {
        let certificates = try Certificates()
        defer { try? FileManager.default.removeItem(atPath: certificates.directory) }
        let port = try Stack.freePort()
        let network = ["--skip-networking=0", "--bind-address=127.0.0.1", "--port=\(port)"]
        let server = TestServer(
            options: network + [
                "--ssl-cert=\(certificates.path("server"))", "--ssl-key=\(certificates.directory)/server.key",
            ])
        let schema = try TestSchema(on: server)
        let right = settings(schema, port: port, authority: certificates.path("right"))
        #expect(DatabaseCondition(of: right) == .ready)
        var store = store(right)
        _ = try store.insert(.named("ann"))
        #expect(try store.users(after: nil, limit: 9, deleted: true).compactMap(\.name) == ["ann"])
        let root = try RootConnection(schema.root)
        let ciphers = try root.rows(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE user = '\(schema.name)' AND host LIKE 'localhost:%'"
        )
        #expect(ciphers == [["1"]])

        for (name, wrong) in [
            ("another name", settings(schema, host: "127.0.0.1", port: port, authority: certificates.path("right"))),
            ("another authority", settings(schema, port: port, authority: certificates.path("wrong"))),
            ("no authority of ours", settings(schema, port: port, authority: "")),
        ] {
            guard case .unfit(let advice) = DatabaseCondition(of: wrong) else {
                Issue.record("\(name) was not refused")
                continue
            }
            #expect(advice.contains("2026") && advice.contains("database.tls_ca"), "\(name): \(advice)")
            var refused = self.store(wrong)
            #expect(code { try refused.ping() } == "database_unavailable", "\(name)")
        }

        // Waits under TLS have the same end.
        let start = ContinuousClock.now
        server.suspend()
        #expect(code { try store.ping() } == "database_unavailable")
        #expect(ContinuousClock.now - start < .milliseconds(2200))
        server.resume()
        #expect(eventually(within: 2) { code { try store.ping() } == nil })
    }

    @Test func `a server without TLS is refused`() throws {
        let port = try Stack.freePort()
        let server = TestServer(
            options: ["--skip-networking=0", "--bind-address=127.0.0.1", "--port=\(port)", "--skip-ssl"])
        let schema = try TestSchema(on: server)
        guard case .unfit(let advice) = DatabaseCondition(of: settings(schema, port: port, authority: "")) else {
            Issue.record("it was not refused")
            return
        }
        #expect(advice.contains("2026"), "\(advice)")
    }
}
