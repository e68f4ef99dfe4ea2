internal import Domain

/// The one connection of a store over time: opened when it is needed, replaced when it is dead, watched by a clock.
struct Link: ~Copyable {
    /// How long nobody tries to connect again after it has failed.
    private static let pause = Duration.milliseconds(100)

    private let settings: DatabaseSettings
    private let limits: DatabaseLimits
    /// Told how long each statement took, whatever it came to.
    private let measured: @Sendable (Duration) -> Void
    /// What a new connection must pass before it is used.
    private let acceptance: @Sendable (Connection) throws(Failure) -> Void
    private var connection: Connection?
    private var began = ContinuousClock.now
    private var lastRefusal: (time: ContinuousClock.Instant, failure: Failure)?

    /// Zero outside of transactions, one in a transaction, more in savepoints.
    private(set) var depth = 0
    /// Why the open transaction cannot be committed any more.
    private(set) var doom: MariaDBError?

    /// Statements sent so far, those of transactions included; preparing and connecting do not count.
    private(set) var roundTrips = 0
    /// Their texts, while somebody asks for them.
    var trace: [String]?

    init(
        to settings: DatabaseSettings, limits: DatabaseLimits, measured: @escaping @Sendable (Duration) -> Void,
        acceptance: @escaping @Sendable (Connection) throws(Failure) -> Void
    ) {
        self.settings = settings
        self.limits = limits
        self.measured = measured
        self.acceptance = acceptance
    }

    /// Starts the clock of an operation.
    mutating func begin() {
        began = .now
    }

    /// Whether there is time to send something and to wait for its answer.
    var hasTime: Bool { ContinuousClock.now - began < limits.sending }

    /// Runs a statement, which outside of a transaction is an operation of its own.
    ///
    /// `isRead` says that running it twice does no harm.
    mutating func run(_ sql: SQL, isRead: Bool, toleratesDuplicate: Bool = false) throws(Failure) -> Outcome {
        if depth == 0 { begin() }
        return try perform(sql.text, isRepeatable: isRead) { connection throws(MariaDBError) in
            do throws(MariaDBError) {
                return try connection.statement(sql.text).run(sql.values)
            } catch {
                guard toleratesDuplicate, let key = error.duplicateKey else { throw error }
                return Outcome(duplicateKey: key)
            }
        }
    }

    /// Opens a transaction, or a savepoint in it.
    mutating func enter() throws(Failure) {
        if depth == 0 { doom = nil }
        let command = depth == 0 ? "START TRANSACTION" : "SAVEPOINT level\(depth)"
        try perform(command, isRepeatable: true) { connection throws(MariaDBError) in try connection.run(command) }
        depth += 1
    }

    /// Commits the transaction; a savepoint just stands.
    mutating func leave() throws(Failure) {
        if depth == 1 {
            if let doom { throw Link.failure(doom) }
            try perform("COMMIT", isRepeatable: false) { connection throws(MariaDBError) in
                try connection.run("COMMIT")
            }
        }
        depth -= 1
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

    /// Does one thing with the connection; outside of a transaction once more where that is safe.
    ///
    /// After a lost connection it is safe when the job may be repeated or was not sent; after a deadlock the server
    /// has undone the statement.
    private mutating func perform<Result>(
        _ text: String, isRepeatable: Bool, _ job: (Connection) throws(MariaDBError) -> Result
    ) throws(Failure) -> Result {
        var attempt = 1
        while true {
            let connection = try open()
            note(text)
            let start = ContinuousClock.now
            defer { measured(ContinuousClock.now - start) }
            do throws(MariaDBError) {
                return try job(connection)
            } catch {
                if error.endsConnection { close() }
                if depth > 0, error.endsConnection || error.isConflict { doom = error }
                let isSafe =
                    error.isConflict ? attempt <= 3 : error.endsConnection && (isRepeatable || error.wasNotSent)
                guard depth == 0, isSafe, error.isConflict || attempt == 1, hasTime else { throw Link.failure(error) }
                attempt += 1
            }
        }
    }

    private mutating func note(_ text: String) {
        roundTrips += 1
        trace?.append(text)
    }

    /// The connection, alive as far as one can see; a new one only outside of a transaction.
    private mutating func open() throws(Failure) -> Connection {
        guard hasTime else { throw .databaseUnavailable("the database was too slow for one operation") }
        if let connection, depth > 0 || connection.isQuiet { return connection }
        close()
        guard depth == 0 else { throw .databaseUnavailable("the connection was lost in a transaction") }
        if let lastRefusal, ContinuousClock.now - lastRefusal.time < Link.pause { throw lastRefusal.failure }
        do throws(Failure) {
            let fresh = try connect()
            try acceptance(fresh)
            connection = fresh
            lastRefusal = nil
        } catch {
            lastRefusal = (.now, error)
            throw error
        }
        return try open()
    }

    private func connect() throws(Failure) -> Connection {
        do throws(MariaDBError) {
            return try Connection(to: settings, limits: limits)
        } catch {
            throw .databaseUnavailable(
                "cannot connect to \(settings.place) as \(settings.user), schema \(settings.name): \(error.summary)")
        }
    }

    static func failure(_ error: MariaDBError) -> Failure {
        error.endsConnection || error.isOverload ? .databaseUnavailable(error.summary) : .defect(error.summary)
    }
}
