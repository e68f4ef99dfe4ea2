internal import CSystem
internal import Domain
internal import Glibc
internal import Logging

/// A process that the supervisor started to work: it becomes what a worker has to be, and works.
struct WorkerProcess {
    let pool: Pool
    /// The process whose end ends this one.
    let supervisor: Int32

    /// Answers requests until the worker was told to leave, and has finished.
    ///
    /// - Parameter makeResponder: opens what the answers need; C pointers cannot come from elsewhere.
    func run<App: Responder & ~Copyable>(
        slots: HashSlots?, peers: Peers, clock: any Clock, log: Logger,
        makeResponder: (Meter) throws(Failure) -> App
    ) throws(Failure) {
        // A password hash takes all the processor it gets; what is quick goes first.
        let niceness = pool == .login ? Niceness(10) : nil
        try become()
        // A check takes less than that, and every page waits for it.
        if pool == .check { system_set_slice(500_000) }
        FastCGIExchange.prepare()
        // After libfcgi, which installs handlers of its own.
        let stop = try ignoreAllButStop()
        let listening = try inherit(.listening)
        let scoreboard = try ownScoreboard()
        let responder = try makeResponder(Meter(scoreboard))
        var worker = try Worker(
            listening: listening, stop: stop, slots: slots, niceness: niceness, peers: peers, scoreboard: scoreboard,
            clock: clock, log: log, responder: responder)
        try tellReady()
        try worker.run()
    }

    /// Does something else than answering until it was told to leave.
    ///
    /// - Parameter work: gets what becomes readable when it shall leave, and what to call when it has begun.
    func run(
        _ work: (_ stop: Descriptor, _ meter: Meter, _ begun: () throws(Failure) -> Void) throws(Failure) -> Void
    ) throws(Failure) {
        try become()
        let stop = try ignoreAllButStop()
        _ = try inherit(.listening)
        let meter = Meter(try ownScoreboard())
        try work(stop, meter) { () throws(Failure) in try tellReady() }
    }

    private func become() throws(Failure) {
        // Started by another name, it would be called so.
        system_set_name("authfcgi")
        guard system_refuse_core_dumps() == 0 else { throw .system("prctl PR_SET_DUMPABLE", code: errno) }
        guard system_die_with_parent(supervisor) == 0 else { throw .system("the supervisor has gone", code: errno) }
    }

    /// A terminal interrupts the whole group: the supervisor tells.
    private func ignoreAllButStop() throws(Failure) -> Descriptor {
        for ignored in [SIGPIPE, SIGUSR1, SIGINT, SIGHUP] { signal(ignored, SIG_IGN) }
        return try Descriptor.signals([SIGTERM])
    }

    private func ownScoreboard() throws(Failure) -> Scoreboard {
        let scoreboard = try Scoreboard(inherit(.scoreboard))
        scoreboard.describe()
        return scoreboard
    }

    /// The settings that its supervisor works with.
    static func settings() throws(Failure) -> Settings {
        try SettingsSnapshot(Descriptor(adopting: Program.Inherited.settings.rawValue)).settings()
    }

    private func inherit(_ inherited: Program.Inherited) throws(Failure) -> Descriptor {
        let descriptor = Descriptor(adopting: inherited.rawValue)
        try descriptor.setInherited(false)
        return descriptor
    }

    private func tellReady() throws(Failure) {
        let status = try inherit(.status)
        var byte = UInt8(ascii: "R")
        guard write(status.number, &byte, 1) == 1 else { throw .system("write to the supervisor", code: errno) }
    }
}
