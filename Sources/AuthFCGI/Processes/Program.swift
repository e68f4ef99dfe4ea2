internal import CSystem
internal import Domain
internal import Glibc

/// The command lines of this program in its roles.
///
/// The path is resolved once: under it a newer binary may stand when it is executed the next time. Nothing secret is in
/// an argument or in the environment.
struct Program {
    /// The first descriptors of a worker, in this order.
    enum Inherited: Int32, CaseIterable {
        case listening = 3
        case status
        case scoreboard
    }

    let path: String
    /// Nil when there is none, and everything stands in the environment.
    let settingsPath: String?

    init(path: String, settingsPath: String?) {
        self.path = path
        self.settingsPath = settingsPath
    }

    /// The binary that is running.
    init(settingsPath: String?) throws(Failure) {
        guard let resolved = realpath("/proc/self/exe", nil) else { throw .system("/proc/self/exe", code: errno) }
        defer { free(resolved) }
        self.init(path: String(cString: resolved), settingsPath: settingsPath)
    }

    func startWorker(_ pool: Pool, listening: Descriptor, status: Descriptor, scoreboard: Descriptor)
        throws(Failure) -> Int32
    {
        try start(
            ["worker", "--pool", pool.rawValue, "--supervisor", "\(getpid())"] + configuration,
            descriptors: [listening, status, scoreboard])
    }

    func startCheck() throws(Failure) -> Int32 {
        try start(["check", "--before-start"] + configuration, descriptors: [])
    }

    /// Becomes `serve` of the binary that stands there now; returns only by throwing.
    func continueAsServe(handing state: String) throws(Failure) -> Never {
        withArguments(["serve"] + configuration) { arguments in
            _ = system_execute(path, arguments, Handover.variable, state)
        }
        throw .system("execve \(path)", code: errno)
    }

    private var configuration: [String] { settingsPath.map { ["--config", $0] } ?? [] }

    private func start(_ arguments: [String], descriptors: [Descriptor]) throws(Failure) -> Int32 {
        var process: Int32 = 0
        let numbers = descriptors.map(\.number)
        let code = withArguments(arguments) {
            system_spawn(path, $0, numbers, Int32(numbers.count), &process)
        }
        guard code == 0 else { throw .system("posix_spawn \(path)", code: code) }
        return process
    }

    private func withArguments<Result>(
        _ arguments: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = ([path] + arguments).map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
