internal import Domain
internal import Logging
internal import Persistence

/// The process that removes what has expired, round by round, until it is told to stop.
struct JanitorProcess: ~Copyable {
    private let log: Logger
    private let meter: Meter
    private var janitor: Janitor
    private var store: Store
    /// What was last in the way of each chore, so that it is told once and not at every round.
    private var obstacles: [String: String] = [:]
    private var clockWatch: ClockWatch

    /// Milliseconds until the next round when nothing more is due.
    private static var interval: Int64 { 60_000 }
    /// The same when something is: the database has others to serve.
    private static var breath: Int64 { 50 }

    init(log: Logger, meter: Meter, janitor: Janitor, store: consuming Store) {
        self.log = log
        self.meter = meter
        self.janitor = janitor
        self.store = store
        clockWatch = ClockWatch(log: log, loss: "removes nothing that has expired")
    }

    mutating func run(until stop: Descriptor) throws(Failure) {
        var poller = try Poller()
        try poller.add(stop, .level)
        while true {
            let wait = round()
            if try !poller.wait(until: Monotonic.now + wait).isEmpty { return }
        }
    }

    /// Milliseconds until the next one.
    private mutating func round() -> Int64 {
        var obstacles: [String: String] = [:]
        defer { tell(obstacles) }
        do throws(Failure) {
            let round = try janitor.round(in: &store)
            clockWatch.note(round.clockError)
            for (chore, count) in round.removed { meter.removal(chore, count: count) }
            for (chore, failure) in round.problems { obstacles[chore.rawValue] = failure.line }
            return round.hasMore ? Self.breath : Self.interval
        } catch {
            obstacles["everything"] = error.line
            return Self.interval
        }
    }

    private mutating func tell(_ now: [String: String]) {
        for (chore, reason) in now.sorted(by: { $0.key < $1.key }) where obstacles[chore] != reason {
            log.error(
                "what has expired cannot be removed",
                metadata: ["from": "\(chore)", "reason": "\(Output.printable(reason))"])
        }
        for chore in obstacles.keys.sorted() where now[chore] == nil {
            log.notice("what has expired is removed again", metadata: ["from": "\(chore)"])
        }
        obstacles = now
    }
}
