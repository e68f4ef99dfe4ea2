import Foundation
import Support
import Testing

/// Where the sockets stand, and whose they are.
@Suite struct SocketTests {
    private func isAnswered(_ socket: String, _ own: OwnService) -> Bool {
        guard let secret = try? own.service.secret("web") else { return false }
        return (try? FastCGIPool(path: socket, secret: secret).send("GET", "/auth/healthz"))?.status == 200
    }

    @Test func `a reload moves the service to another run directory, and the old sockets serve until then`() throws {
        let own = try OwnService()
        let before = try own.start()
        let old = own.service.socket("web")
        let new = own.directory + "/moved/web.sock"
        let settings = try String(contentsOfFile: own.service.settings, encoding: .utf8)
        let moved = settings.replacing(own.service.sockets, with: own.directory + "/moved")
        try moved.write(toFile: own.service.settings, atomically: true, encoding: .utf8)
        kill(before.pid, SIGHUP)
        var lost = 0
        #expect(
            eventually {
                if !isAnswered(old, own), !isAnswered(new, own) { lost += 1 }
                return before.processes().allSatisfy { !isRunning($0) }
            })
        #expect(lost == 0)
        #expect(try own.service.settledStatus(of: 2).pid == before.pid)
        #expect(isAnswered(new, own))
        #expect(try FileManager.default.contentsOfDirectory(atPath: own.service.sockets) == ["authfcgi.lock"])
        // The old place is free for another supervisor.
        try settings.write(toFile: own.service.settings, atomically: true, encoding: .utf8)
        #expect(try own.start().pid != before.pid)
        #expect(isAnswered(old, own) && isAnswered(new, own))
        kill(before.pid, SIGTERM)
        #expect(eventually { !isRunning(before.pid) })
    }

    /// Listens as systemd does, with sockets that block, and becomes the service.
    private static let systemd = [
        "python3", "-c",
        """
        import os, socket, sys
        pools, directory = ["check", "web", "login", "outbound"], sys.argv[1]
        os.makedirs(directory, exist_ok=True)
        for number, pool in enumerate(pools):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(f"{directory}/{pool}.sock")
            listening.listen(64)
            os.dup2(os.dup(listening.detach()), 50 + number)
        for number in range(len(pools)): os.dup2(50 + number, 3 + number)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(pools)), LISTEN_FDNAMES=":".join(pools))
        os.execv(sys.argv[2], sys.argv[2:])
        """,
    ]

    @Test func `sockets of systemd are used, kept over a reload, and left to it at the end`() throws {
        let own = try OwnService()
        let before = try own.start(by: Self.systemd + [own.service.sockets])
        let socket = own.service.socket("web")
        let identity = try FileIdentity(socket)
        #expect(isAnswered(socket, own))
        // O_NONBLOCK is 04000: else a worker that finds no connection any more would wait for the next one for ever.
        for number in 3...6 {
            let text = try String(contentsOfFile: "/proc/\(before.pid)/fdinfo/\(number)", encoding: .utf8)
            let flags = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags:") })
            #expect(Int(flags.dropFirst(6).filter(\.isNumber), radix: 8).map { $0 & 0o4000 } == 0o4000)
        }
        kill(before.pid, SIGHUP)
        let after = try own.service.settledStatus(of: before.generation + 1)
        #expect(try FileIdentity(socket) == identity)
        #expect(isAnswered(socket, own))
        kill(after.pid, SIGTERM)
        #expect(eventually { !isRunning(after.pid) })
        let left = try FileManager.default.contentsOfDirectory(atPath: own.service.sockets).sorted()
        #expect(left == ["authfcgi.lock", "check.sock", "login.sock", "outbound.sock", "web.sock"])
    }
}
