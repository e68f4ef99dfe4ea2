internal import Crypto
internal import Domain
internal import Glibc
internal import Logging
internal import Persistence

/// The process that delivers what is queued, round by round, until it is told to stop.
struct CourierProcess<Transport: MailTransport & ~Copyable>: ~Copyable {
    private let log: Logger
    private let meter: Meter
    private var courier: Courier
    private var room: MailRoom<Transport>
    private var store: Store
    /// What was last in the way, so that it is told once and not at every try.
    private var obstacle: String?
    private var clockWatch: ClockWatch

    /// Milliseconds between two looks while there is nothing to do.
    private static var interval: Int64 { 1000 }
    /// The same while nothing can be delivered; a quarter more or less, so that many couriers do not come at once.
    private static var pause: Int64 { 8000 + Int64(4000 * Random.fraction()) }

    init(clock: any Clock, log: Logger, meter: Meter, room: consuming MailRoom<Transport>, store: consuming Store) {
        self.log = log
        self.meter = meter
        courier = Courier(clock: clock)
        self.room = room
        self.store = store
        clockWatch = ClockWatch(log: log, loss: "delivers no mail and gives none up")
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
        do throws(Failure) {
            let round = try Self.round(&courier, &room, &store)
            clockWatch.note(round.clockError)
            meter.mail(.delivered, count: round.delivered)
            meter.mail(.postponed, count: round.postponed)
            meter.mail(.abandoned, count: round.abandoned)
            if round.abandoned > 0 {
                log.warning("mails are given up; see `authfcgi mail list`", metadata: ["mails": "\(round.abandoned)"])
            }
            tell(round.obstacle, after: round.delivered)
            if round.obstacle != nil || round.clockError != nil { return Self.pause }
            return round.isEmpty ? Self.interval : 0
        } catch {
            tell("the database: \(error.line)", after: 0)
            return Self.interval
        }
    }

    /// A function of its own, because the three are changed at once.
    private static func round(
        _ courier: inout Courier, _ room: inout MailRoom<Transport>, _ store: inout Store
    ) throws(Failure) -> Courier.Round {
        try courier.round(in: &store) { room.deliver($0) }
    }

    private mutating func tell(_ obstacle: String?, after delivered: Int) {
        if let obstacle, obstacle != self.obstacle {
            log.warning("mail cannot be delivered", metadata: ["reason": "\(Output.printable(obstacle))"])
        } else if obstacle == nil, self.obstacle != nil {
            guard delivered > 0 || self.obstacle?.hasPrefix("the database") == true else { return }
            log.notice("mail is delivered again")
        }
        self.obstacle = obstacle
    }
}
