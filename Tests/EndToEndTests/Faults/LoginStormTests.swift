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

    /// A service that nobody has stormed yet.
    private struct Scene {
        let own: OwnService
        let web: OwnWeb
        let pool: FastCGIPool

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
    }

    @Test func `a storm of sign-ins slows neither the check nor the owner, and hashes no more than it answers`() throws
    {
        var storm: Storm
        var minutes = 0
        repeat {
            storm = try Storm(at: try Scene())
            minutes += 1
            print("login storm: \(storm)")
        } while Chaos.isLong && storm.stolen > Self.mostStolen && minutes < 5

        #expect(storm.hashed.count + storm.refused.count == storm.strangers.count)
        #expect(storm.refused.count > storm.hashed.count && storm.hashed.count > 0)
        #expect(storm.checks.allSatisfy { $0.status == 200 })
        // No limit keeps the owner out; a machine that is busy with other things may keep him waiting for too long.
        let owners = storm.owners
        #expect(owners.contains { $0.status == 200 } && owners.allSatisfy { [200, 503].contains($0.status) })
        // Every hash was answered; the rest of the work of thousands of refusals is less than that of a few.
        let hashes = Double(storm.hashed.count + owners.count)
        #expect(storm.spent < storm.oneHash * hashes * 1.5 + Double(storm.strangers.count) * 0.002)
        // Two hash, 64 MiB each; a worker itself has some. A sanitizer keeps what was freed.
        if patience == 1 { #expect(storm.memory < 2 * 64 + 3 * 40) }
        let (refusals, checks, ownTimes) = (
            StormFigures(storm.refused), StormFigures(storm.checks), StormFigures(owners)
        )
        guard Chaos.isLong else {
            // On a machine that has other things to do as well everybody waits for a processor.
            #expect(refusals.longest < .seconds(patience) + checks.longest * 2)
            return
        }
        // Before it is known for a storm a few are let wait, as on any other day.
        let late = storm.refused.filter { $0.time >= .milliseconds(100) }
        #expect(late.count <= 8)
        #expect(late.filter { $0.began - storm.begin >= .seconds(1) }.map(storm.line) == [])
        #expect(checks.p99 < .milliseconds(10))
        #expect(owners.allSatisfy { $0.status == 200 } && ownTimes.longest < .seconds(1))
    }

    /// The part of the processors' time that the host of a virtual machine may keep for others: beyond that, times tell nothing.
    private static let mostStolen = 0.03

    /// What came of some seconds of it.
    private struct Storm: CustomStringConvertible {
        let begin: ContinuousClock.Instant
        let elapsed: Duration
        let strangers, checks, owners: [StormAnswer]
        /// MiB of all login workers, at most, and their seconds of processors.
        let memory: Int
        let spent: Double
        /// Seconds of a processor that one sign-in takes when nobody else signs in.
        let oneHash: Double
        /// The part of the processors' time that was kept for others.
        let stolen: Double

        init(at scene: Scene) throws {
            let owner = try LoginStormTests.register("alice", at: scene)
            let workers = try scene.own.service.status().workers.filter { $0.pool == "login" }.map(\.pid)
            oneHash = try LoginStormTests.timeOfOneHash(workers, at: scene)
            let (before, times) = (try LoginStormTests.processorTime(of: workers), try ProcessorTimes())
            let watch = MemoryWatch(workers)
            var client = StormClient(port: scene.web.port)
            begin = .now
            let answers = client.run(seconds: Chaos.seconds, LoginStormTests.streams(owner: owner))
            elapsed = ContinuousClock.now - begin
            memory = watch.stop()
            spent = try LoginStormTests.processorTime(of: workers) - before
            stolen = try ProcessorTimes().stolen(since: times)
            (strangers, checks, owners) = (
                answers.filter { $0.kind == "stranger" }, answers.filter { $0.kind == "check" },
                answers.filter { $0.kind == "owner" }
            )
        }

        var hashed: [StormAnswer] { strangers.filter { $0.status == 401 } }
        var refused: [StormAnswer] { strangers.filter { $0.status == 429 || $0.status == 503 } }

        var description: String {
            """
            \(LoginStormTests.rate) a second from \(LoginStormTests.addresses) addresses for \(elapsed.milliseconds / 1000) s
              hashed \(hashed.count), refused \(StormFigures(refused))
              the slowest refusals: \(refused.sorted { $0.time > $1.time }.prefix(5).map(line).joined(separator: "; "))
              check \(StormFigures(checks))
              owner \(StormFigures(owners))
              processor time of the login workers \(spent) s, one hash \(oneHash) s; memory at most \(memory) MiB
              the host kept \((stolen * 1000).rounded() / 10) % of the processors' time
            """
        }

        func line(_ answer: StormAnswer) -> String {
            "\(answer.status ?? 0) after \(answer.time.milliseconds.rounded()) ms, "
                + "begun at \((answer.began - begin).milliseconds.rounded()) ms"
        }
    }

    /// Strangers, a page that is asked for, and the owner of the account.
    private static func streams(owner: [String]) -> [StormStream] {
        let storm = StormStream(perSecond: rate) { number in
            let address = number % addresses
            let name = number.isMultiple(of: 4) ? "alice" : "somebody\(number % 97)"
            return StormRequest(
                "stranger", from: "127.0.\(1 + address / 250).\(1 + address % 250)",
                request("POST", "/auth/login", #"{"username":"\#(name)","password":"wrong horse battery"}"#))
        }
        let check = StormStream(perSecond: 50) { _ in
            StormRequest("check", from: "127.0.0.1", request("GET", "/members/", nil, cookies: owner))
        }
        let signIn = StormStream(perSecond: 1) { _ in
            StormRequest(
                "owner", from: "127.0.0.2",
                request(
                    "POST", "/auth/login", #"{"username":"alice","password":"\#(password)"}"#,
                    cookies: owner.filter { $0.hasPrefix("__Host-device=") }))
        }
        return [storm, check, signIn]
    }

    // MARK: What it needs

    /// The cookies of a new user's browser.
    private static func register(_ name: String, at scene: Scene) throws -> [String] {
        let made = try scene.pool.post(
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

    /// Seconds of a processor that one sign-in takes now.
    private static func timeOfOneHash(_ workers: [Int32], at scene: Scene) throws -> Double {
        let before = try processorTime(of: workers)
        for number in 0..<5 {
            let answer = try scene.pool.post(
                "/auth/login", #"{"username":"nobody\#(number)","password":"wrong"}"#, address: "192.0.2.\(9 + number)")
            #expect(answer.status == 401)
        }
        return (try processorTime(of: workers) - before) / 5
    }

    /// Seconds that processes have had of processors so far.
    private static func processorTime(of processes: [Int32]) throws -> Double {
        try processes.map { process in
            let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            // utime and stime are the 14th and 15th field; the second may hold spaces and ends with a parenthesis.
            let fields = stat.components(separatedBy: ") ").last?.split(separator: " ") ?? []
            return Double(fields[11...12].compactMap { Int($0) }.reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }.reduce(0, +)
    }
}

/// What the processors of the machine did since it began, in ticks.
private struct ProcessorTimes {
    let all, stolen: Double

    init() throws {
        // cpu, user, nice, system, idle, iowait, irq, softirq, steal, …
        let fields =
            try KernelTable.lines(of: "/proc/stat").first?.split(separator: " ").compactMap { Double($0) } ?? []
        try #require(fields.count >= 8)
        all = fields[..<8].reduce(0, +)
        stolen = fields[7]
    }

    func stolen(since before: ProcessorTimes) -> Double {
        (stolen - before.stolen) / max(all - before.all, 1)
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
