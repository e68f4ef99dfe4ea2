import Domain

/// Where a worker notes what it did: a few stores to memory of its own, no system call and no allocation.
struct Meter: Sendable {
    /// Nil where nobody counts: commands, and most tests.
    private let scoreboard: Scoreboard?

    static let none = Meter(nil)

    init(_ scoreboard: Scoreboard?) {
        self.scoreboard = scoreboard
    }

    private static let requests = Counters(.requests)
    private static let checks = Counters(.checks)
    private static let logins = Counters(.logins)
    private static let mails = Counters(.mails)
    private static let removals = Counters(.removals)
    private static let requestSeconds = Histogram(.requestSeconds)
    private static let databaseSeconds = Histogram(.databaseSeconds)
    private static let hashSeconds = Histogram(.hashSeconds)

    /// - Parameter route: a position in `RouteLabel.all`.
    func request(route: Int, status: Int, time: Duration) {
        guard let scoreboard else { return }
        scoreboard.add(at: Self.requests.position(row: route, column: StatusLabel.column(of: status)))
        Self.requestSeconds.note(time, on: scoreboard)
    }

    func check(_ outcome: CheckOutcome) {
        scoreboard?.add(at: Self.checks.position(row: outcome.rawValue))
    }

    func login(_ outcome: LoginOutcome) {
        scoreboard?.add(at: Self.logins.position(row: outcome.rawValue))
    }

    func mail(_ outcome: MailOutcome, count: Int) {
        scoreboard?.add(UInt64(max(0, count)), at: Self.mails.position(row: outcome.rawValue))
    }

    func removal(_ chore: Chore, count: Int) {
        guard let scoreboard, let row = Chore.allCases.firstIndex(of: chore) else { return }
        scoreboard.add(UInt64(max(0, count)), at: Self.removals.position(row: row))
    }

    /// The time of one statement.
    func database(_ time: Duration) {
        guard let scoreboard else { return }
        Self.databaseSeconds.note(time, on: scoreboard)
    }

    /// The time of one Argon2id computation.
    func hash(_ time: Duration) {
        guard let scoreboard else { return }
        Self.hashSeconds.note(time, on: scoreboard)
    }
}

/// Where the counts of a family stand in the layout of this program.
struct Counters: Sendable {
    private let start: Int
    private let columns: Int

    init(_ family: MetricFamily) {
        start = MetricLayout.own.start(of: family.rawValue) ?? 0
        columns = family.layout.columns.count
    }

    func position(row: Int, column: Int = 0) -> Int { start + row * columns + column }
}

/// Where the counts of a histogram stand: one for each bound, one above them all, the sum.
struct Histogram: Sendable {
    private let start: Int
    private let bounds: [Int64]

    init(_ family: MetricFamily) {
        start = MetricLayout.own.start(of: family.rawValue) ?? 0
        bounds = family.bounds
    }

    func note(_ time: Duration, on scoreboard: Scoreboard) {
        let microseconds = max(0, time.microseconds)
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < microseconds { bucket += 1 }
        scoreboard.add(at: start + bucket)
        scoreboard.add(UInt64(microseconds), at: start + bounds.count + 1)
    }
}
