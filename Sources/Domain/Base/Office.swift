/// Work that one machine at a time does for all.
package enum Office: String, Sendable {
    case janitor
    case courier

    /// How far clocks may differ: what is removed or given up because its time is over does not come back, and a machine
    /// that was asleep or copied may have any time (reliability R19).
    package static let tolerance = Duration.minutes(1)
}

/// What the database says to who asks for an office.
package struct OfficeAnswer: Sendable, Equatable {
    package let isHeld: Bool
    /// The database's time.
    package let time: Instant

    package init(isHeld: Bool, time: Instant) {
        self.isHeld = isHeld
        self.time = time
    }
}

/// Who does what one machine at a time does.
package protocol OfficeStore: ~Copyable {
    /// Takes an office if nobody else has it. It is kept as long as the connection lives: whoever dies leaves it at once.
    mutating func take(_ office: Office) throws(Failure) -> OfficeAnswer

    /// Leaves it to another machine.
    mutating func leave(_ office: Office) throws(Failure)
}

/// Whether somebody may do what cannot be undone.
enum Turn: Equatable {
    /// It is his, and this is the time: it was compared with the database's. What the clock says later was not.
    case ours(at: Instant)
    case others
    /// The clock is so far ahead of the database's, or behind when it is negative.
    case clockIsWrong(by: Duration)
}

extension OfficeStore where Self: ~Copyable {
    /// Takes an office, and leaves it to a machine whose clock is right when ours is not.
    mutating func turn(at office: Office, by clock: any Clock, within tolerance: Duration) throws(Failure) -> Turn {
        let answer = try take(office)
        let now = clock.now()
        let ahead = now - answer.time
        if max(ahead, .zero - ahead) > tolerance {
            if answer.isHeld { try leave(office) }
            return .clockIsWrong(by: ahead)
        }
        return answer.isHeld ? .ours(at: now) : .others
    }
}
