internal import Crypto

/// Takes due mails from the outbox and notes what became of each.
///
/// A mail is claimed before it is tried, and the outcome is noted afterwards. A crash in between leaves it claimed for a
/// while; then it is tried once more, with the same Message-ID. An outcome that the database could not take is kept and
/// noted before anything else, so that an outage of the database sends nothing twice.
package struct Courier: Sendable {
    private let clock: any Clock
    private let tolerance: Duration
    /// Outcomes that are not noted yet.
    private var unsettled: [(mail: QueuedMail, outcome: DeliveryOutcome)] = []

    /// - Parameter tolerance: how far the clock may be from the database's.
    package init(clock: any Clock, tolerance: Duration = Office.tolerance) {
        self.clock = clock
        self.tolerance = tolerance
    }

    /// What one round came to.
    package struct Round: Sendable, Equatable {
        package var delivered = 0
        package var postponed = 0
        package var abandoned = 0
        /// Why nothing can be delivered at the moment.
        package var obstacle: String?
        /// How far the clock is ahead of the database's when that is too far: then nothing is tried or given up.
        package var clockError: Duration?

        package var isEmpty: Bool {
            delivered + postponed + abandoned == 0 && obstacle == nil && clockError == nil
        }
    }

    /// The most mails of one round.
    private static let batch = 20
    /// How long a claimed mail is nobody else's: longer than any delivery takes.
    static let hold = Duration.minutes(5)

    /// Tries what is due. Somebody else may be the courier: then nothing happens.
    ///
    /// - Parameter deliver: takes at most minutes, and never throws.
    package mutating func round<Queue: MailQueue & ~Copyable>(
        in queue: inout Queue, deliver: (QueuedMail) -> DeliveryOutcome
    ) throws(Failure) -> Round {
        var round = Round()
        try settle(&round, in: &queue)
        let start: Instant
        switch try queue.turn(at: .courier, by: clock, within: tolerance) {
        case .ours(let time): start = time
        case .others: return round
        case .clockIsWrong(let error):
            round.clockError = error
            return round
        }
        for mail in try queue.dueMail(at: start, limit: Self.batch) {
            if mail.expiresAt <= start {
                try queue.abandon(mail.id, problem: "too late", isWorthless: true, at: start)
                round.abandoned += 1
                continue
            }
            let now = clock.now()
            // The next round gives it up.
            if mail.expiresAt <= now { continue }
            if mail.template == Mail.nobody {
                try queue.noteDelivery(of: mail.id, at: now)
                continue
            }
            guard try queue.claim(mail, until: now + Self.hold) else { continue }
            unsettled.append((mail, deliver(mail)))
            try settle(&round, in: &queue)
            if round.obstacle != nil { break }
        }
        return round
    }

    /// Notes the outcomes in the order in which they came.
    private mutating func settle<Queue: MailQueue & ~Copyable>(
        _ round: inout Round, in queue: inout Queue
    ) throws(Failure) {
        while let (mail, outcome) = unsettled.first {
            let now = clock.now()
            let next = now + Self.pause(of: mail, at: now, chance: Random.fraction())
            switch outcome {
            case .delivered:
                try queue.noteDelivery(of: mail.id, at: now)
                round.delivered += 1
            case .refused(let reason):
                try queue.abandon(mail.id, problem: reason, isWorthless: false, at: now)
                round.abandoned += 1
            case .postponed(let reason):
                try queue.postpone(mail.id, until: next, problem: reason)
                round.postponed += 1
            case .unreachable(let reason):
                try queue.postpone(mail.id, until: next, problem: reason)
                round.postponed += 1
                round.obstacle = reason
            }
            unsettled.removeFirst()
        }
    }

    /// How long a mail waits for its next try: a fortieth of its age, from fifteen seconds to a quarter of an hour, a
    /// quarter more or less, so that mails which failed together do not come together again.
    ///
    /// - Parameter chance: from 0 to 1.
    static func pause(of mail: QueuedMail, at now: Instant, chance: Double) -> Duration {
        let share = (now - mail.createdAt).microseconds / 40
        let pause = min(max(share, Duration.seconds(15).microseconds), Duration.minutes(15).microseconds)
        return .microseconds(Int64(Double(pause) * (0.75 + 0.5 * chance)))
    }
}
