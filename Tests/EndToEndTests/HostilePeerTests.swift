import Foundation
import Support
import Testing

/// Who may speak to the pools at all (security F4, F7; decisions 21).
@Suite struct HostilePeerTests {
    static let pools = ["check", "web", "login", "outbound"]

    @Test(arguments: pools) func `without the pool's own secret nobody gets a byte`(pool name: String) throws {
        let service = try Hostile.stack.get().service
        let pool = try service.pool(name)
        let others = try Self.pools.filter { $0 != name }.map { try service.secret($0) }
        let close = String(pool.secret.dropLast()) + (pool.secret.hasSuffix("0") ? "1" : "0")
        for secret in others + [
            "", close, String(pool.secret.dropLast()), pool.secret + "0", pool.secret.uppercased() + "\n",
        ] {
            let answer = try FastCGIPool(path: pool.path, secret: secret).send("GET", "/auth/healthz")
            #expect(answer.status == nil && !answer.isFinished, "\(secret.count)")
        }
        let peer = try FastCGIPeer(pool.path)
        let parameters = pool.parameters("GET", "/auth/healthz").filter { $0.name != "AUTHFCGI_POOL_SECRET" }
        peer.send(pool.request(parameters))
        #expect(peer.receive().isEmpty)
        #expect(try pool.send("GET", "/auth/healthz").isFinished)
    }

    /// A program that sends a whole request as another user and prints how many bytes came back, or the error.
    private static let stranger = """
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(10)
        try:
            s.connect(sys.argv[1])
            s.sendall(bytes.fromhex(sys.stdin.read()))
            n = 0
            while chunk := s.recv(65536): n += len(chunk)
            print(n)
        except ConnectionResetError: print(0)
        except BrokenPipeError: print(0)
        except PermissionError as e: print(e.errno)
        """

    private func bytesFor(user: String, group: String, _ pool: FastCGIPool) throws -> String {
        let request = pool.request(pool.parameters("GET", "/auth/healthz"))
        return try Command(
            "setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "/usr/bin/python3", "-c", Self.stranger,
            pool.path
        ).output(input: request.map { String(format: "%02x", $0) }.joined()).trimmingCharacters(in: .newlines)
    }

    @Test(.enabled(if: getuid() == 0)) func `another user gets nothing, even in the right group and with the secret`()
        throws
    {
        let service = try Hostile.stack.get().service
        for name in Self.pools {
            let pool = try service.pool(name)
            #expect(try bytesFor(user: "65534", group: "65534", pool) == "\(EACCES)")
            #expect(try bytesFor(user: "65534", group: "www-data", pool) == "0")
            #expect(try Int(bytesFor(user: "www-data", group: "www-data", pool)) ?? 0 > 100)
        }
    }

    @Test(.enabled(if: getuid() == 0)) func `sockets and secrets have owners and modes that keep others out`() throws {
        let stack = try Hostile.stack.get()
        let service = stack.service
        // The stack's service was reloaded once when it started: these are the modes after a reload.
        #expect(try service.status().generation > 1)
        let group = try Command("id", "--group", "www-data").output().trimmingCharacters(in: .newlines)
        for name in Self.pools {
            #expect(try stat("%a %u %g", service.socket(name)) == "660 64112 \(group)")
            #expect(try stat("%a %u", "\(service.keys)/\(name).secret").hasSuffix("00 64112"))
        }
        #expect(try stat("%a %u", service.sockets + "/control.sock") == "600 64112")
        #expect(try stat("%a %u", service.keys + "/keyring") == "400 64112")
        #expect(try stat("%a", service.keys) == "700")
    }

    private func stat(_ format: String, _ path: String) throws -> String {
        try Command("stat", "-c", format, path).output().trimmingCharacters(in: .newlines)
    }

    @Test func `who somebody is never comes from parameters`() throws {
        let service = try Hostile.stack.get().service
        let names = [
            "REMOTE_USER", "AUTH_TYPE", "HTTP_PROXY", "HTTP_REMOTE_USER", "HTTP_X_FORWARDED_USER",
            "HTTP_X_AUTH_REQUEST_USER",
            "HTTP_X_AUTH_USER_ID", "REDIRECT_REMOTE_USER", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED",
        ]
        let claims = names.map { FastCGIParameter($0, "admin") }
        let check = try service.pool("check").send(
            "GET", "/_auth/members", more: claims + [FastCGIParameter("AUTH_POLICY", "")])
        #expect(check.status == 401)
        #expect(try service.pool("web").send("GET", "/auth/me", more: claims).status == 401)
    }

    @Test func `a pool serves its own routes only`() throws {
        let service = try Hostile.stack.get().service
        #expect(try service.pool("check").send("GET", "/auth/healthz").status == 404)
        #expect(try service.pool("login").send("GET", "/auth/session").status == 404)
        #expect(try service.pool("web").send("POST", "/auth/login").status == 404)
        let policy = [FastCGIParameter("AUTH_POLICY", "optional=1")]
        #expect(try service.pool("web").send("GET", "/_auth/visitor", more: policy).status == 404)
    }
}
