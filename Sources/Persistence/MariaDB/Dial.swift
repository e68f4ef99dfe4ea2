internal import Domain

/// The attempts to reach the database, one after another, and the circuit: after one wait in vain nobody waits again
/// before the database has said something.
struct Dial: ~Copyable {
    /// How long nobody tries again after the database has refused at once.
    private static let pause = Duration.milliseconds(100)
    /// How long each next word of a database is waited for that was silent before.
    private static let glance = Duration.milliseconds(50)
    /// How long an attempt may hear nothing before another takes its place: at first, and at most. A server that hangs
    /// counts those that were given up, and bars a host for too many of them. As long nobody tries again when the
    /// connection was made and its first question had no answer.
    private static let patience = (first: Duration.seconds(1), last: Duration.seconds(4))

    private let settings: DatabaseSettings
    private let limits: DatabaseLimits
    /// What a new connection must pass before it is used.
    private let acceptance: @Sendable (Connection) throws(Failure) -> Void
    private var attempt: ConnectionAttempt?
    private var patience = Dial.patience.first
    private var lastRefusal: (end: ContinuousClock.Instant, failure: Failure)?
    /// Whether the database was last waited for in vain.
    private var isSilent = false

    init(
        to settings: DatabaseSettings, limits: DatabaseLimits,
        acceptance: @escaping @Sendable (Connection) throws(Failure) -> Void
    ) {
        self.settings = settings
        self.limits = limits
        self.acceptance = acceptance
    }

    /// Somebody waited for an answer as long as one may.
    mutating func noteSilence() {
        isSilent = true
    }

    /// A connection that may be used, or why there is none yet.
    mutating func connect(by deadline: ContinuousClock.Instant) throws(Failure) -> Connection {
        if let lastRefusal, .now < lastRefusal.end { throw lastRefusal.failure }
        let found: Connection?
        var asked: ContinuousClock.Instant?
        do throws(Failure) {
            found = try advance(by: deadline)
            if let found {
                attempt = nil
                found.deadline = deadline
                asked = .now
                try acceptance(found)
            }
        } catch {
            attempt = nil
            noteRefusal(error, after: asked.map { .now - $0 } ?? .zero)
            throw error
        }
        guard let found else {
            isSilent = true
            giveUpIfStale()
            throw .databaseUnavailable("\(settings.place) does not answer")
        }
        isSilent = false
        lastRefusal = nil
        patience = Dial.patience.first
        return found
    }

    /// - Parameter wait: how long the first question on a new connection went unanswered. Who gets that far and no further
    ///   hangs like one that does not even greet.
    private mutating func noteRefusal(_ failure: Failure, after wait: Duration) {
        // A database that was silent is not waited for a second time before that counts.
        isSilent = wait >= (isSilent ? Dial.glance : limits.longWait)
        lastRefusal = (.now + (isSilent ? patience : Dial.pause), failure)
        if isSilent { patience = min(patience * 2, Dial.patience.last) }
    }

    private mutating func advance(by deadline: ContinuousClock.Instant) throws(Failure) -> Connection? {
        let isNew = attempt == nil
        do throws(MariaDBError) {
            let attempt: ConnectionAttempt
            if let present = self.attempt {
                attempt = present
            } else {
                attempt = try ConnectionAttempt(to: settings, limits: limits)
            }
            self.attempt = attempt
            guard isSilent else {
                let wait = limits.wait == 0 ? limits.operation : .seconds(limits.wait)
                return try attempt.advance(first: wait, next: wait, until: min(deadline, .now + wait))
            }
            return try attempt.advance(first: isNew ? Dial.glance : .zero, next: Dial.glance, until: deadline)
        } catch {
            throw .databaseUnavailable(
                "cannot connect to \(settings.place) as \(settings.user), schema \(settings.name): \(error.summary)")
        }
    }

    private mutating func giveUpIfStale() {
        guard let attempt, ContinuousClock.now - attempt.movedAt >= patience else { return }
        self.attempt = nil
        patience = min(patience * 2, Dial.patience.last)
    }
}
