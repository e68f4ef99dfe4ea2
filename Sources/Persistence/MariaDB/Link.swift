internal import Domain

/// The one connection of a store over time: opened when it is needed, replaced when it is dead, watched by a clock.
struct Link: ~Copyable {
    /// The most that a statement is sent again after a conflict or a lost connection.
    private static let repetitions = 3

    private let limits: DatabaseLimits
    /// Told how long each statement took, whatever it came to.
    private let measured: @Sendable (Duration) -> Void
    private var dial: Dial
    private var connection: Connection?
    /// When the present operation must have ended.
    private var deadline = ContinuousClock.now
    /// What the database may still take of the present request's time; what the worker computes does not count.
    private var allowance: Duration?
    /// How long the last statement took. Nothing is sent whose answer would come too late, so that a slow database costs
    /// requests and not connections.
    private var pace = Duration.zero
    /// One slow statement must not stop the next ones: the most that an answer is expected to take.
    private let longestPace: Duration
    /// What is left beyond that for the way there and back.
    private let margin = Duration.milliseconds(20)

    /// Zero outside of transactions, one in a transaction, more in savepoints.
    private(set) var depth = 0
    /// Why the open transaction cannot be committed any more.
    private(set) var doom: MariaDBError?
    /// Whether the connection was lost in COMMIT, so that the transaction stands or does not.
    private(set) var isInDoubt = false

    /// Statements sent so far, those of transactions included; preparing and connecting do not count.
    private(set) var roundTrips = 0
    /// Their texts, while somebody asks for them.
    var trace: [String]?

    init(
        to settings: DatabaseSettings, limits: DatabaseLimits, measured: @escaping @Sendable (Duration) -> Void,
        acceptance: @escaping @Sendable (Connection) throws(Failure) -> Void
    ) {
        self.limits = limits
        self.measured = measured
        longestPace = limits.operation / 2
        dial = Dial(to: settings, limits: limits, acceptance: acceptance)
    }

    /// Starts the clock of a request that has lasted for a while already.
    mutating func beginRequest(after age: Duration) {
        allowance = limits.request - age
    }

    /// Starts the clock of an operation.
    mutating func begin(at now: ContinuousClock.Instant = .now) {
        deadline = now + min(limits.operation, allowance ?? limits.operation)
    }

    /// Whether there is time to send something and to wait for its answer.
    var hasTime: Bool { hasTime(for: expectedPace) }

    private func hasTime(for answers: Duration, at now: ContinuousClock.Instant = .now) -> Bool {
        deadline - now > answers + margin
    }

    private var expectedPace: Duration { min(pace, longestPace) }

    /// Runs a statement, which outside of a transaction is an operation of its own.
    ///
    /// `isRead` says that running it twice does no harm.
    mutating func run(_ sql: SQL, isRead: Bool, toleratesDuplicate: Bool = false) throws(Failure) -> Outcome {
        let now = ContinuousClock.now
        if depth == 0 { begin(at: now) }
        return try perform(sql.text, at: now, isRepeatable: isRead) { connection throws(MariaDBError) in
            do throws(MariaDBError) {
                return try connection.run(sql.text, sql.values)
            } catch {
                guard toleratesDuplicate, let key = error.duplicateKey else { throw error }
                return Outcome(duplicateKey: key)
            }
        }
    }

    /// Opens a transaction, or a savepoint in it.
    mutating func enter() throws(Failure) {
        if depth == 0 { doom = nil }
        isInDoubt = false
        let command = depth == 0 ? "START TRANSACTION" : "SAVEPOINT level\(depth)"
        try perform(command, isRepeatable: true) { connection throws(MariaDBError) -> Void in
            try connection.run(command)
        }
        depth += 1
    }

    /// Commits the transaction; a savepoint just stands.
    mutating func leave() throws(Failure) {
        if depth == 1 {
            if let doom { throw Link.failure(doom) }
            // A COMMIT without an answer would leave everybody in doubt: better to undo what is not worth the risk.
            guard hasTime(for: expectedPace + expectedPace) else { throw Link.tooSlow }
            do throws(Failure) {
                try perform("COMMIT", isRepeatable: false) { connection throws(MariaDBError) -> Void in
                    try connection.run("COMMIT")
                }
            } catch {
                isInDoubt = doom?.endsConnection == true
                throw error
            }
        }
        depth -= 1
    }

    /// Whether a transaction that was undone, or was lost before its COMMIT, may be run again from its beginning.
    var mayRunAgain: Bool {
        guard let doom else { return false }
        return (doom.isConflict || doom.isLoss) && hasTime
    }

    /// Undoes the transaction, or what came after the savepoint. A connection that does not follow is closed, which
    /// undoes everything.
    mutating func undo() {
        depth -= 1
        guard let connection, depth == 0 || doom == nil else { return }
        let command = depth == 0 ? "ROLLBACK" : "ROLLBACK TO SAVEPOINT level\(depth)"
        note(command)
        guard hasTime, (try? connection.run(command)) != nil else { return close() }
    }

    mutating func close() {
        connection = nil
    }

    /// Does something else with the connection that may be done again.
    mutating func look<Result>(
        _ text: String, _ job: (Connection) throws(MariaDBError) -> Result
    ) throws(Failure) -> Result {
        if depth == 0 { begin() }
        return try perform(text, isRepeatable: true, job)
    }

    /// Does one thing with the connection; outside of a transaction again where that is safe.
    ///
    /// After a lost connection it is safe when the job may be repeated or was not sent; after a conflict the server
    /// has undone the statement.
    private mutating func perform<Result>(
        _ text: String, at began: ContinuousClock.Instant = .now, isRepeatable: Bool,
        _ job: (Connection) throws(MariaDBError) -> Result
    ) throws(Failure) -> Result {
        // The clock is read as seldom as it tells something new.
        var now = began
        defer { allowance = allowance.map { $0 - (now - began) } }
        var repetition = 0
        while true {
            let connection = try open(at: &now)
            connection.deadline = deadline
            note(text)
            let start = now
            do throws(MariaDBError) {
                defer {
                    now = .now
                    pace = now - start
                    measured(pace)
                }
                return try job(connection)
            } catch {
                if error.endsConnection { lose(error) }
                if depth > 0, error.endsConnection || error.isConflict { doom = error }
                let isSafe = error.isConflict || error.isLoss && (isRepeatable || error.wasNotSent)
                guard depth == 0, isSafe, repetition < Link.repetitions, hasTime else { throw Link.failure(error) }
                repetition += 1
            }
        }
    }

    private mutating func note(_ text: String) {
        roundTrips += 1
        trace?.append(text)
    }

    /// Lets a connection go; when it just said nothing, nobody waits for the database again before it does.
    private mutating func lose(_ error: MariaDBError) {
        close()
        if error.code >= 2000 || error.isTimeOut, pace >= limits.longWait { dial.noteSilence() }
    }

    /// The connection, alive as far as one can see; a new one only outside of a transaction.
    ///
    /// - Parameter now: becomes later when that took time.
    private mutating func open(at now: inout ContinuousClock.Instant) throws(Failure) -> Connection {
        guard hasTime(for: expectedPace, at: now) else { throw Link.tooSlow }
        if let connection, depth > 0 || connection.isQuiet { return connection }
        close()
        guard depth == 0 else { throw .databaseUnavailable("the connection was lost in a transaction") }
        defer { now = .now }
        let fresh = try dial.connect(by: deadline)
        connection = fresh
        guard hasTime else { throw Link.tooSlow }
        return fresh
    }

    private static var tooSlow: Failure { .databaseUnavailable("the database was too slow for one request") }

    static func failure(_ error: MariaDBError) -> Failure {
        error.endsConnection || error.isOverload ? .databaseUnavailable(error.summary) : .defect(error.summary)
    }
}
