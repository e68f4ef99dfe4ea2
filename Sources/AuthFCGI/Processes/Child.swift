/// One worker as the supervisor sees it.
final class Child {
    enum State: String, CaseIterable {
        case starting
        case ready
        /// Told to finish and leave.
        case retiring
        /// Did not leave in time, or was stuck.
        case killed
    }

    let process: Int32
    let pool: Pool
    let generation: Int
    /// Points in time of `Monotonic`.
    let startedAt: Int64
    private(set) var state: State
    private(set) var since: Int64
    /// Where it says that it is ready; closed afterwards.
    var status: Descriptor?
    let scoreboard: Scoreboard
    /// Milliseconds for one request, and for leaving.
    private let patience: Int64

    init(
        process: Int32, pool: Pool, generation: Int, startedAt: Int64, state: State = .starting, since: Int64? = nil,
        status: Descriptor?, scoreboard: Scoreboard, patience: Int64 = Child.patience
    ) {
        self.process = process
        self.pool = pool
        self.generation = generation
        self.startedAt = startedAt
        self.state = state
        self.since = since ?? startedAt
        self.status = status
        self.scoreboard = scoreboard
        self.patience = patience
    }

    func enter(_ state: State, at now: Int64) {
        self.state = state
        since = now
        if state != .starting { status = nil }
    }

    /// Whether it takes requests, or soon will.
    var isServing: Bool { state == .starting || state == .ready }

    /// When the state that it is in has lasted too long; nil when it may last.
    var deadline: Int64? {
        switch state {
        case .starting: since + Self.patience
        case .retiring: since + patience
        case .ready: scoreboard.busySince.map { $0 + patience }
        case .killed: nil
        }
    }

    /// Milliseconds for starting, and for the others where nobody asks for less.
    static let patience: Int64 = 30_000
}
