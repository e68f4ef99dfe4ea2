internal import CSystem
internal import Domain
internal import Glibc
internal import Logging

/// Owns the sockets and keeps the workers: one thread that answers no request.
///
/// What should be (`desired`, `generation`) and what is (`children`) stand side by side; `reconcile` brings them
/// together, and everything that happens only changes one of them.
final class Supervisor {
    /// The socket of a pool, and how its workers fare.
    struct Line {
        /// Nil where nobody connects.
        let listening: Descriptor?
        /// Whether systemd made the socket: then it is not ours to remove.
        let isForeign: Bool
        var desired: Int
        var backoff = Backoff()
        /// No worker is started before.
        var notBefore: Int64 = 0
        var restarts = 0
    }

    /// A new generation that has to get ready, until the old one retires.
    struct Transition {
        let old: Int
        let deadline: Int64
    }

    let program: Program
    let directory: RunDirectory
    let settings: Settings.Processes
    /// The settings of this generation, for its workers.
    let snapshot: SettingsSnapshot
    let log: Logger
    let startedAt = Monotonic.now
    let lock: Descriptor
    let control: Descriptor
    /// Stands for the socket of a pool that has none.
    let nothing: Descriptor
    let signals: Descriptor
    let elders: Elders
    var poller: Poller

    var lines: [Pool: Line] = [:]
    var children: [Child] = []
    var generation = 1
    var transition: Transition?
    /// What to go back to, as long as the new generation may fail.
    var predecessor: Predecessor?
    var former: FormerDirectory?
    /// The process that checks new settings before a reload, and what it was started from.
    var checking: (process: Int32, deadline: Int64, program: ProgramFile?)?
    var isReloadWanted = false
    /// Whether who started us has been told that all is in place.
    var isAnnounced = false
    /// When whoever is still there is killed.
    var stopDeadline: Int64?
    var clients: [Descriptor] = []
    /// When clients are let in again after the machine refused it.
    var controlAgain: Int64?
    var complaints: Complaints

    /// - Parameter handover: what the supervisor left that became this one; its processes and sockets go on.
    init(
        settings: Settings.Processes, snapshot: SettingsSnapshot, program: Program, log: Logger, handover: Handover?
    ) throws(Failure) {
        self.settings = settings
        self.snapshot = snapshot
        self.program = program
        self.log = log
        complaints = Complaints(log: log)
        // It answers nobody, but it has read the settings, passwords of the database included.
        guard system_refuse_core_dumps() == 0 else { throw .system("prctl PR_SET_DUMPABLE", code: errno) }
        signals = try .signals([SIGCHLD, SIGTERM, SIGINT, SIGHUP])
        signal(SIGPIPE, SIG_IGN)
        // A report of a crash would print the memory of a worker, secrets included, and keep its successor waiting.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
        directory = try RunDirectory(settings)
        elders = Elders(inheriting: handover?.elders ?? [], at: SystemClock().now().seconds)
        let inherited = handover?.runDirectory == settings.runDirectory ? handover : nil
        if let inherited {
            lock = Descriptor(adopting: inherited.lock)
            control = Descriptor(adopting: inherited.control)
            try lock.setInherited(false)
            try control.setInherited(false)
        } else {
            // Another directory after a reload: everything is made anew, the old sockets end with the old workers.
            former = try handover.map { handover throws(Failure) in try FormerDirectory(handover) }
            lock = try directory.lock()
            control = try directory.listenForControl()
        }
        nothing = try Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC), from: "open /dev/null")
        poller = try Poller()
        try poller.add(signals, .level)
        try poller.add(control, .level)
        do throws(Failure) {
            try openSockets(handover?.sockets.filter { $0.isForeign || inherited != nil } ?? [])
            if let handover { try adopt(handover) }
        } catch {
            // The program before goes on elsewhere.
            if former != nil { removeSockets() }
            throw error
        }
    }

    /// Returns when it was told to stop and every worker has left.
    func run() throws(Failure) {
        log.notice(
            "the supervisor runs",
            metadata: ["pid": "\(getpid())", "generation": "\(generation)", "directory": "\(settings.runDirectory)"])
        while true {
            reap()
            reconcile()
            resumeControl()
            if stopDeadline != nil, children.isEmpty { break }
            for number in try poller.wait(until: nextDeadline) { dispatch(number) }
        }
        removeSockets()
        // Told to stop before the new generation was ready.
        former?.discard()
        log.notice("the supervisor leaves", metadata: ["pid": "\(getpid())"])
    }

    private func dispatch(_ number: Int32) {
        switch number {
        case signals.number: takeSignals()
        case control.number: acceptClient()
        default:
            if let child = children.first(where: { $0.status?.number == number }) {
                readStatus(of: child)
            } else if let client = clients.first(where: { $0.number == number }) {
                answer(client)
            }
        }
    }

    private func takeSignals() {
        while true {
            switch system_next_signal(signals.number) {
            case 0: return
            case SIGTERM, SIGINT: stop()
            case SIGHUP: isReloadWanted = true
            default: break  // SIGCHLD: every round reaps.
            }
        }
    }

    private func stop() {
        guard stopDeadline == nil else { return }
        log.notice("the workers are told to finish")
        Notice.stopping.send()
        stopDeadline = Monotonic.now + program.patience
        for child in children where child.isServing { retire(child) }
    }

    private func openSockets(_ inherited: [Handover.Socket]) throws(Failure) {
        let activated = Activation.takeSockets()
        for pool in Pool.allCases {
            let desired = min(max(settings.workers[pool] ?? 1, pool.bounds.lowerBound), pool.bounds.upperBound)
            guard pool.isServing else {
                lines[pool] = Line(listening: nil, isForeign: true, desired: desired)
                continue
            }
            let listening: Descriptor
            var isForeign = false
            if let socket = inherited.first(where: { $0.pool == pool }) {
                listening = Descriptor(adopting: socket.descriptor)
                isForeign = socket.isForeign
                try listening.setInherited(false)
            } else if let socket = activated[pool] {
                listening = socket
                isForeign = true
                try listening.setInherited(false)
            } else {
                listening = try directory.listen(for: pool, backlog: pool.backlog(workers: desired))
            }
            lines[pool] = Line(listening: listening, isForeign: isForeign, desired: desired)
            setDesired(desired, for: pool)
        }
    }

    /// Changes the number of workers, and with it the length of the queue.
    func setDesired(_ desired: Int, for pool: Pool) {
        guard let line = lines[pool] else { return }
        lines[pool]?.desired = desired
        lines[pool]?.notBefore = 0
        // Listening once more only changes the backlog.
        if let listening = line.listening { listen(listening.number, pool.backlog(workers: desired)) }
        if pool == .login { shareSlots(among: desired) }
    }

    private func shareSlots(among workers: Int) {
        do {
            try HashSlots(path: RunDirectory.slotsPath(in: settings.runDirectory)).share(among: workers)
        } catch {
            log.error("the number of slots to hash stays as it was", metadata: ["reason": "\(error.line)"])
        }
    }

    private func removeSockets() {
        RunDirectory.clear(settings.runDirectory, of: lines.filter { !$0.value.isForeign }.keys)
    }
}

extension Pool {
    /// How many workers it may have. Without the first three there is no service; one courier and one janitor are enough for
    /// all machines.
    var bounds: ClosedRange<Int> {
        switch self {
        case .check, .web, .login: 1...64
        case .outbound: 0...64
        case .courier, .janitor: 0...1
        }
    }

    /// How many connections may wait until a worker looks at them. A lone login worker looks after each hash only: there
    /// more of them would only wait for a late refusal.
    func backlog(workers: Int) -> Int32 {
        self == .login ? (workers > 1 ? 256 : 2) : 1024
    }
}
