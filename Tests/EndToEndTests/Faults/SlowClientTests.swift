import Foundation
import Support
import Testing

extension FaultTests {
    /// Clients that send and read slowly, and such that do nothing at all: nginx keeps them from the service.
    @Suite struct SlowClientTests {
        private let site: Site

        init() throws { site = try Site.shared.get() }

        static let modes = [
            ("slow headers", ["-H", "-i", "2"]),
            ("slow body", ["-B", "-i", "2", "-s", "60000"]),
            ("slow read", ["-X", "-k", "1", "-n", "2", "-w", "10", "-y", "20", "-z", "5"]),
        ]

        @Test(.enabled(if: Chaos.isLong), arguments: modes)
        func `who sends or reads slowly disturbs nobody`(_ name: String, _ options: [String]) throws {
            let count = 1000
            // Of sign-ins nginx takes eight at once from an address, and turns others away before it reads their bodies.
            let path = options[0] == "-B" ? "/auth/me" : "/auth/errors"
            // What the attackers compute, they compute elsewhere: here it may only use what nobody else wants.
            let attack = Command(
                [
                    "chrt", "--idle", "0", "slowhttptest", "-u", site.web.origin + path, "-c", "\(count)", "-r", "400",
                    "-v", "1",
                ]
                    + ["-l", "\(Int(Chaos.seconds))", "-p", "5"] + options)
            var open = 0
            let (log, begin) = try site.load { end in
                // Who sends headers is turned out after ten seconds, and comes again.
                let attacker = Thread {
                    repeat { _ = try? attack.run() } while ContinuousClock.now < end
                }
                attacker.start()
                while ContinuousClock.now < end {
                    // Reading the table takes the processor time that the others need: no more than has to be.
                    if open < count * 9 / 10 { open = max(open, try connections()) }
                    pause(seconds: 1)
                }
                let isOver = eventually(within: 30) { attacker.isFinished }
                #expect(isOver)
            }
            #expect(open >= count * 9 / 10)
            #expect(log.failures.isEmpty)
            let before = log.summary(to: begin)
            let during = log.summary(from: begin)
            #expect(during.p99 <= before.p99 * 2)
            Chaos.report(name, times: open, log, since: begin, "connections of slow clients at once")
        }

        @Test(.enabled(if: Chaos.isLong))
        func `ten thousand idle connections cost no request and no memory of the service`() throws {
            let idle = try IdleConnections(10_000, port: site.web.port)
            defer { idle.close() }
            let plan = LoadPlan(connections: 4, rate: Chaos.rate ?? 1000, mix: .checks)
            var memory: [Int] = []
            let (log, begin) = try site.load(plan) { end in
                pause(seconds: min(5, Chaos.seconds / 2))
                while ContinuousClock.now < end {
                    memory.append(try residentMemory())
                    pause(seconds: 1)
                }
            }
            #expect(idle.open == 10_000)
            #expect(log.failures.isEmpty)
            let growth = Double((memory.last ?? 0) - memory[0]) / Double(memory[0])
            #expect(growth < 0.01)
            Chaos.report(
                "idle connections", times: idle.open, log, since: begin,
                String(format: "memory of all workers %.1f MiB, %+.2f %%", Double(memory[0]) / 1048576, growth * 100))
        }

        /// Established connections of nginx with 127.0.0.1. The load's own come from other addresses.
        private func connections() throws -> Int {
            let port = String(site.web.port, radix: 16, uppercase: true)
            let suffix = ":" + String(repeating: "0", count: 4 - port.count) + port
            return try KernelTable.lines(of: "/proc/net/tcp").count { line in
                let words = line.split(separator: " ")
                return words.count > 3 && words[1].hasSuffix(suffix) && words[2].hasPrefix("0100007F:")
                    && words[3] == "01"
            }
        }

        /// Of all workers, in bytes.
        private func residentMemory() throws -> Int {
            try site.own.service.status().processes().map { process in
                let words = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8).split(separator: " ")
                return (Int(words[1]) ?? 0) * 4096
            }.reduce(0, +)
        }
    }
}

/// Connections to nginx that have asked for something once and are kept open.
private final class IdleConnections {
    private var sockets: [Int32] = []

    init(_ wanted: Int, port: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let request = Array("GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        for number in 0..<wanted {
            let socket = try LoopbackAddress.connect(
                port: port, from: "127.2.\(number / 250 % 250).\(number % 250 + 1)")
            guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                throw Command.Failed(description: "connection \(number) was closed")
            }
            sockets.append(socket)
        }
    }

    /// How many neither side has closed.
    var open: Int {
        sockets.count { socket in
            var bytes = [UInt8](repeating: 0, count: 65536)
            // The answer to what was asked stands first; behind it comes nothing, or the end.
            while recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
            return recv(socket, &bytes, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0 && errno == EAGAIN
        }
    }

    func close() { for socket in sockets { Glibc.close(socket) } }
}
