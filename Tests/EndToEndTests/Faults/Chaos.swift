import Foundation
import Support
import Synchronization
import Testing

/// How long and how hard faults are tried: a few seconds among the other tests, longer by `script/chaos`.
enum Chaos {
    private static let environment = ProcessInfo.processInfo.environment
    /// For how long a fault goes on.
    static let seconds = environment["CHAOS_SECONDS"].flatMap(Double.init) ?? 3
    /// Requests a second; nil for half of what is possible.
    static let rate = environment["CHAOS_RATE"].flatMap(Double.init) ?? (isLong ? nil : 80)
    /// No more than the queue of the pool `login` holds: nobody is refused because it is full. On a busy machine, where a hash
    /// takes long, that is one in the works and two that wait.
    static let connections = isLong ? 4 : 3
    static let isLong = environment["CHAOS_SECONDS"] != nil
    private static let figures = environment["CHAOS_FIGURES"]

    /// The time of a test, or the time that `script/chaos` gives the same thing.
    static func every(_ short: Double, long: Double) -> Double { isLong ? long : short }

    /// Adds a line to the table that `script/chaos` prints.
    static func report(
        _ fault: String, times: Int, _ log: LoadLog, since begin: ContinuousClock.Instant, _ more: String
    ) {
        guard let figures else { return }
        let before = log.summary(to: begin)
        let during = log.summary(from: begin)
        let cells =
            [fault, "\(times)", "\(log.entries.count)", "\(log.failures.count)"]
            + [during.longest, before.p50, before.p99, during.p50, during.p99].map {
                String(format: "%.1f", $0.milliseconds)
            } + [more]
        let line = cells.joined(separator: "\t") + "\n"
        guard let file = FileHandle(forWritingAtPath: figures) else { return }
        file.seekToEndOfFile()
        file.write(Data(line.utf8))
        try? file.close()
    }
}

/// A service with nginx before it to which harm is done, by one test after the other.
@Suite(.serialized) struct FaultTests {
    /// What every test of faults leaves as it found it.
    final class Site: Sendable {
        let own: OwnService
        let web: OwnWeb
        private let measured = Mutex<Double?>(nil)
        static let shared = Result { try Site() }

        private init() throws {
            own = try OwnService(settings: Stack.roomySettings, replacesProgram: true)
            try own.start()
            // No idle connection is closed for want of requests while a fault goes on.
            let patience = Int(max(75, 2 * Chaos.seconds + 120))
            web = try own.startWeb(directives: "keepalive_timeout \(patience)s;")
        }

        /// Requests a second that are answered when each connection sends as soon as it may; measured once.
        private var capacity: Double {
            get throws {
                if let known = measured.withLock(\.self) { return known }
                let client = try LoadClient(port: web.port, plan: LoadPlan(connections: 4, rate: nil))
                let log = client.run { pause(seconds: 5) }
                let rate = Double(log.entries.count) / ((log.end - log.begin).milliseconds / 1000)
                measured.withLock { $0 = rate }
                return rate
            }
        }

        /// A load with a fault in it: traffic alone first, then what is done, then traffic alone again.
        ///
        func load(
            _ wanted: LoadPlan = LoadPlan(connections: Chaos.connections, rate: Chaos.rate),
            while harm: (_ until: ContinuousClock.Instant) throws -> Void
        ) throws -> (log: LoadLog, begin: ContinuousClock.Instant) {
            var plan = wanted
            if plan.rate == nil { plan.rate = try capacity / 2 }
            let client = try LoadClient(port: web.port, plan: plan)
            var begin = ContinuousClock.now
            let log = try client.run {
                pause(seconds: Chaos.every(1, long: 10))
                begin = .now
                try harm(begin + .seconds(Chaos.seconds))
                pause(seconds: 0.5)
            }
            return (log, begin)
        }

        /// What the database must hold after a fault: everything that was acknowledged, and no halves.
        func expectTruth(of log: LoadLog, _ location: SourceLocation = #_sourceLocation) throws {
            var checker = try LoadChecker(own.root)
            let verdict = try checker.verdict(on: log)
            #expect(verdict.breaches == [], sourceLocation: location)
            #expect(verdict.acknowledged > 0, sourceLocation: location)
        }
    }
}

/// Lets the time pass in which something else happens.
func pause(seconds: Double) {
    usleep(UInt32(seconds * 1_000_000))
}
