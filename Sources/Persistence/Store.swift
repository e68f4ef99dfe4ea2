package import Crypto
package import Domain

/// The database as the domain sees it: one connection, used by one worker, one request at a time.
///
/// It connects when it is first asked for something, and again when the connection has died. Whatever the database
/// does, a call ends within the limits: with its result, or with `Failure.databaseUnavailable`.
package struct Store: ~Copyable {
    var link: Link
    let keyring: Keyring
    /// This run of this worker, in the audit log.
    let incarnation: [UInt8]
    /// The number of the next audit event of this incarnation.
    var sequence: Int64 = 1
    /// Refusals that are counted and not yet written.
    var refusals = RefusalTally()
    /// Uses of sessions that are not yet written.
    var uses = UseTally()
    /// What is known of sessions of requests that are being answered; nil of those that there are not.
    var prefetched: [Digest: Identity?] = [:]
    /// When `lookAtTriggers` last looked, and whether it found them.
    private var triggersSeenAt: Instant?
    private(set) var trustsSessions = false

    /// `incarnation` is sixteen random bytes, drawn when the worker starts; `measured` is told how long each statement
    /// took.
    package init(
        settings: DatabaseSettings, keyring: Keyring, incarnation: [UInt8],
        limits: DatabaseLimits = .service, measured: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        precondition(incarnation.count == 16)
        self.keyring = keyring
        self.incarnation = incarnation
        link = Link(to: settings, limits: limits, measured: measured) { connection throws(Failure) in
            let schema: SchemaState
            do throws(MariaDBError) {
                schema = try SchemaState(on: connection, looksAtTriggers: false)
            } catch {
                throw Link.failure(error)
            }
            try schema.accept()
        }
    }

    /// Starts a request that the web server received a while ago: its waits for the database together have what is left of
    /// its time.
    package mutating func beginRequest(after age: Duration) {
        link.beginRequest(after: age)
    }

    /// Whether the database answers, with a schema that this program can work with, now.
    package mutating func ping() throws(Failure) {
        let schema = try link.look("the version of the schema") { connection throws(MariaDBError) in
            try SchemaState(on: connection)
        }
        try schema.accept()
    }

    /// Looks whether sessions may be asked for what they tell of their users, once a minute at most: a dump without triggers can be
    /// loaded under a worker that serves. Until it has looked, and from when it finds them missing, users are asked.
    package mutating func lookAtTriggers(at now: Instant) throws(Failure) {
        if let triggersSeenAt, now >= triggersSeenAt, now - triggersSeenAt < .minutes(1) { return }
        triggersSeenAt = now
        trustsSessions = false
        trustsSessions = try link.look("the triggers") { connection throws(MariaDBError) in
            try SchemaState(on: connection).hasTriggers
        }
    }

    /// Statements sent so far, those of transactions included; preparing and connecting do not count.
    package var roundTrips: Int { link.roundTrips }

    /// When something that was only kept in memory is to be written down; nil when there is nothing.
    package var errandsDue: Instant? { [uses.due, refusals.due].compactMap(\.self).min() }

    /// Keeps the texts of statements from now on, until they are taken; for tests and for an operator's eyes.
    package mutating func startTrace() {
        link.trace = []
    }

    /// The texts of the statements that were sent since the start; nothing is kept any more.
    package mutating func takeTrace() -> [String] {
        defer { link.trace = nil }
        return link.trace ?? []
    }

    // MARK: What the repositories are written with

    /// Runs a statement that changes nothing.
    mutating func read(_ sql: SQL) throws(Failure) -> [Row] {
        try link.run(sql, isRead: true).rows
    }

    /// Runs a statement that may change something.
    mutating func write(_ sql: SQL) throws(Failure) -> Outcome {
        try link.run(sql, isRead: false)
    }

    /// Runs an INSERT; returns the name of the unique key that was taken, nil when the row is in.
    mutating func conflict(inserting sql: SQL) throws(Failure) -> String? {
        try link.run(sql, isRead: false, toleratesDuplicate: true).duplicateKey
    }

    mutating func all<Result: Record>(_ sql: SQL) throws(Failure) -> [Result] {
        var results: [Result] = []
        for var row in try read(sql) { results.append(try Result(&row)) }
        return results
    }

    mutating func first<Result: Record>(_ sql: SQL) throws(Failure) -> Result? {
        guard var row = try read(sql).first else { return nil }
        return try Result(&row)
    }
}
