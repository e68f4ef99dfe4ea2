internal import CSystem
internal import Crypto
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
        case settings
    }

    let path: String
    /// Nil when there is none, and everything stands in the environment.
    let settingsPath: String?
    /// Milliseconds that a worker has for one request, and for leaving.
    let patience: Int64

    /// The binary that is running, whatever stands at its path by now.
    private static let running = "/proc/self/exe"

    init(path: String, settingsPath: String?, patience: Int64 = Child.patience) {
        self.path = path
        self.settingsPath = settingsPath
        self.patience = patience
    }

    /// The binary that is running.
    ///
    /// - Parameter path: where it stands, when that is known; something else may stand there by now.
    init(path: String? = nil, settingsPath: String?, patience: Int64 = Child.patience) throws(Failure) {
        if let path {
            self.init(path: path, settingsPath: settingsPath, patience: patience)
            return
        }
        guard let resolved = realpath(Self.running, nil) else { throw .system(Self.running, code: errno) }
        defer { free(resolved) }
        self.init(path: String(cString: resolved), settingsPath: settingsPath, patience: patience)
    }

    /// Starts the binary that is running: all workers of a generation are of one version.
    ///
    /// - Parameter descriptors: as `Inherited` has them.
    func startWorker(_ pool: Pool, _ descriptors: [Descriptor]) throws(Failure) -> Int32 {
        try start(
            Self.running, ["worker", "--pool", pool.rawValue, "--supervisor", "\(getpid())"],
            descriptors: descriptors)
    }

    /// - Parameter results: gets a line for each computation.
    func startHashing(
        _ cost: HashingCost, from start: Int64, milliseconds: Int64, results: Descriptor
    ) throws(Failure) -> Int32 {
        try self.start(
            Self.running,
            [
                "hash", "--iterations", "\(cost.iterations)", "--memory", "\(cost.memory)", "--from", "\(start)",
                "--milliseconds", "\(milliseconds)",
            ], descriptors: [results])
    }

    /// Starts the binary that stands there now.
    ///
    /// - Parameter state: what it would have to take over.
    func startCheck(handing state: String) throws(Failure) -> Int32 {
        setenv(Handover.variable, state, 1)
        defer { unsetenv(Handover.variable) }
        return try start(path, ["check", "--before-start"] + configuration, descriptors: [])
    }

    /// Which file stands at the path, and in which state; nil when there is none.
    var file: ProgramFile? { ProgramFile(path: path) }

    /// The binary that is running, kept open.
    func open() throws(Failure) -> Descriptor {
        try Descriptor(Glibc.open(Self.running, O_RDONLY | O_CLOEXEC), from: Self.running)
    }

    /// Becomes `serve` of the binary that stands there now; returns only by throwing.
    func continueAsServe(handing state: String) throws(Failure) -> Never {
        withArguments(serving) { arguments in
            _ = system_execute(path, arguments, Handover.variable, state)
        }
        throw .system("execve \(path)", code: errno)
    }

    /// Becomes a binary that is open; returns only by throwing.
    func returnToServe(_ program: Descriptor, handing state: String) throws(Failure) -> Never {
        withArguments(serving) { arguments in
            _ = system_execute_open(program.number, arguments, Handover.variable, state)
        }
        throw .system("execveat", code: errno)
    }

    /// Until `system_forget_return`, a fault that would end this process leads back to where the handover came from.
    func rememberReturn(to origin: Handover.Origin, of handover: Handover) {
        var handover = handover
        handover.isReturn = true
        let descriptors = handover.descriptors
        let result = withArguments(serving) { arguments in
            system_remember_return(
                origin.program, arguments, Handover.variable, handover.text, descriptors, Int32(descriptors.count))
        }
        if result != 0 { system_forget_return() }
    }

    /// Goes back; returns only when there is no way.
    static func goBack() { system_return() }

    /// This program has proved itself.
    static func forgetReturn() { system_forget_return() }

    private var serving: [String] {
        ["serve"] + configuration + (patience == Child.patience ? [] : ["--patience", "\(patience)"])
    }

    private var configuration: [String] { settingsPath.map { ["--config", $0] } ?? [] }

    private func start(_ file: String, _ arguments: [String], descriptors: [Descriptor]) throws(Failure) -> Int32 {
        var process: Int32 = 0
        let numbers = descriptors.map(\.number)
        let code = withArguments(arguments) {
            system_spawn(file, $0, numbers, Int32(numbers.count), &process)
        }
        guard code == 0 else { throw .system("posix_spawn \(file)", code: code) }
        return process
    }

    private func withArguments<Result>(
        _ arguments: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        withCStrings([path] + arguments, body)
    }
}

/// A file in one state: another file in its place differs, and so does the same one when something was written into it.
struct ProgramFile: Equatable {
    private let device: dev_t
    private let number: ino_t
    private let size: off_t
    private let seconds: Int
    private let nanoseconds: Int

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
        size = status.st_size
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
