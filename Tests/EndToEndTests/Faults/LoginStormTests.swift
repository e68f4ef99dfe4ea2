import Foundation
import Support
import Testing

/// Ten times as many sign-ins as can be hashed, from 500 addresses, a quarter of them at one person's account
/// (reliability R9; security B2, B9; performance F4).
///
/// In the long run of `script/chaos` the limits in time count too: on a machine that does nothing else.
@Suite(.serialized) struct LoginStormTests {
    private static let rate = 300.0
    private static let addresses = 500
    private static let password = "correct horse battery"

    private let own: OwnService
    private let web: OwnWeb
    private let pool: FastCGIPool

    init() throws {
        own = try OwnService(
            settings: """
                limits = { sign_in_device = { burst = 1000; }; register_address = { burst = 1000; }; };
                log = { level = "warning"; };
                """)
        try own.start()
        web = try own.startWeb()
        pool = try own.service.pool("login")
    }

    @Test func `a storm of sign-ins slows neither the check nor the owner, and hashes no more than it answers`() throws
    {
        let owner = try register("alice")
        let workers = try own.service.status().workers.filter { $0.pool == "login" }.map(\.pid)
        let single = try timeOfOneHash(workers)
        let before = try processorTime(of: workers)
        let storm = StormStream(perSecond: Self.rate) { number in
            let address = number % Self.addresses
            let name = number.isMultiple(of: 4) ? "alice" : "somebody\(number % 97)"
            return StormRequest(
                "stranger", from: "127.0.\(1 + address / 250).\(1 + address % 250)",
                Self.request("POST", "/auth/login", #"{"username":"\#(name)","password":"wrong horse battery"}"#))
        }
        let check = StormStream(perSecond: 50) { _ in
            StormRequest("check", from: "127.0.0.1", Self.request("GET", "/members/", nil, cookies: owner))
        }
        let signIn = StormStream(perSecond: 1) { _ in
            StormRequest(
                "owner", from: "127.0.0.2",
                Self.request(
                    "POST", "/auth/login", #"{"username":"alice","password":"\#(Self.password)"}"#,
                    cookies: owner.filter { $0.hasPrefix("__Host-device=") }))
        }
        var client = StormClient(port: web.port)
        let watch = MemoryWatch(workers)
        let begin = ContinuousClock.now
        let answers = client.run(seconds: Chaos.seconds, [storm, check, signIn])
        let elapsed = ContinuousClock.now - begin
        let memory = watch.stop()
        let spent = try processorTime(of: workers) - before

        let strangers = answers.filter { $0.kind == "stranger" }
        let hashed = strangers.filter { $0.status == 401 }
        let refused = strangers.filter { $0.status == 429 || $0.status == 503 }
        #expect(hashed.count + refused.count == strangers.count)
        #expect(refused.count > hashed.count && hashed.count > 0)
        let checks = answers.filter { $0.kind == "check" }
        #expect(checks.allSatisfy { $0.status == 200 })
        let owners = answers.filter { $0.kind == "owner" }
        // No limit keeps the owner out; a machine that is busy with other things may keep him waiting for too long.
        #expect(owners.contains { $0.status == 200 } && owners.allSatisfy { [200, 503].contains($0.status) })
        // Every hash was answered; the rest of the work of thousands of refusals is less than that of a few.
        let hashes = Double(hashed.count + owners.count)
        #expect(spent < single * hashes * 1.5 + Double(strangers.count) * 0.002)
        // Two hash, 64 MiB each; a worker itself has some. A sanitizer keeps what was freed.
        if patience == 1 { #expect(memory < 2 * 64 + 3 * 40) }
        let figures = (StormFigures(refused), StormFigures(checks), StormFigures(owners))
        print(
            """
            login storm: \(Self.rate) a second from \(Self.addresses) addresses for \(elapsed.milliseconds / 1000) s
              hashed \(hashed.count), refused \(figures.0)
              check \(figures.1)
              owner \(figures.2)
              processor time of the login workers \(spent) s, one hash \(single) s; memory at most \(memory) MiB
            """)
        guard Chaos.isLong else {
            // On a machine that has other things to do as well everybody waits for a processor.
            #expect(figures.0.longest < .seconds(patience) + figures.1.longest * 2)
            return
        }
        // Before it is known for a storm a few are let wait, as on any other day.
        let late = refused.filter { $0.time >= .milliseconds(100) }
        #expect(late.count <= 8)
        #expect(late.map { ($0.began - begin).milliseconds }.filter { $0 >= 1000 } == [])
        #expect(figures.1.p99 < .milliseconds(10))
        #expect(owners.allSatisfy { $0.status == 200 } && figures.2.longest < .seconds(1))
    }

    // MARK: What it needs

    /// The cookies of a new user's browser.
    private func register(_ name: String) throws -> [String] {
        let made = try pool.post(
            "/auth/register",
            #"{"email":"\#(name)@example.org","username":"\#(name)","password":"\#(Self.password)"}"#,
            address: "192.0.2.1")
        #expect(made.status == 201)
        return made.cookies
    }

    private static func request(_ method: String, _ path: String, _ json: String?, cookies: [String] = []) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if !cookies.isEmpty { text += "Cookie: \(cookies.joined(separator: "; "))\r\nSec-Fetch-Site: same-origin\r\n" }
        if let json { text += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n" }
        return Array((text + "\r\n" + (json ?? "")).utf8)
    }

    /// Seconds of a processor that one sign-in takes when nobody else signs in.
    private func timeOfOneHash(_ workers: [Int32]) throws -> Double {
        let before = try processorTime(of: workers)
        for number in 0..<5 {
            let answer = try pool.post(
                "/auth/login", #"{"username":"nobody\#(number)","password":"wrong"}"#, address: "192.0.2.\(9 + number)")
            #expect(answer.status == 401)
        }
        return (try processorTime(of: workers) - before) / 5
    }

    /// Seconds that processes have had of processors so far.
    private func processorTime(of processes: [Int32]) throws -> Double {
        try processes.map { process in
            let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            // utime and stime are the 14th and 15th field; the second may hold spaces and ends with a parenthesis.
            let fields = stat.components(separatedBy: ") ").last?.split(separator: " ") ?? []
            return Double(fields[11...12].compactMap { Int($0) }.reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }.reduce(0, +)
    }
}

/// Looks at the resident memory of processes until it is told to stop.
private final class MemoryWatch: @unchecked Sendable {
    private let processes: [Int32]
    private let condition = NSCondition()
    private var isOver = false
    private var most = 0
    private let ended = DispatchSemaphore(value: 0)

    init(_ processes: [Int32]) {
        self.processes = processes
        Thread.detachNewThread { [self] in
            condition.lock()
            while !isOver {
                most = max(most, resident())
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
            }
            condition.unlock()
            ended.signal()
        }
    }

    /// The most MiB that all of them had together.
    func stop() -> Int {
        condition.lock()
        isOver = true
        condition.signal()
        condition.unlock()
        ended.wait()
        return most / 256
    }

    /// In pages of 4 KiB.
    private func resident() -> Int {
        processes.compactMap { process in
            (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8))?.split(separator: " ")
                .dropFirst().first.flatMap { Int($0) }
        }.reduce(0, +)
    }
}
