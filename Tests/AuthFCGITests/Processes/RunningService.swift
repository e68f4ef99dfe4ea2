import Foundation
import Support

@testable import AuthFCGI

/// The real program as `authfcgi serve`, with keys and a run directory of its own and no database.
final class RunningService {
    let runDirectory: String
    private let directory: String
    private let secret: String
    private let environment: [String: String]?
    private let output: FileHandle
    private var process = Process()

    /// The program stands beside the bundle of the tests.
    private static let program = URL(fileURLWithPath: CommandLine.arguments[0])
        .deletingLastPathComponent().appendingPathComponent("authfcgi")

    /// - Parameters:
    ///   - environment: nil for that of the tests.
    ///   - output: where what it prints and its log go.
    init(environment: [String: String]? = nil, output: FileHandle = .nullDevice) throws {
        self.environment = environment
        self.output = output
        directory = "/tmp/service-\(UUID().uuidString.prefix(8))"
        runDirectory = directory + "/run"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let settings = """
            site = { origin = "http://localhost:8080"; };
            database = { socket = "\(directory)/no-database.sock"; };
            processes = {
              run_directory = "\(runDirectory)"; key_directory = "\(directory)/keys";
              socket_group = ""; allowed_users = [ "\(getuid())" ];
            };
            """
        try settings.write(toFile: directory + "/conf", atomically: true, encoding: .utf8)
        let keys = try Self.start(["key", "create", "--config", directory + "/conf"])
        keys.waitUntilExit()
        secret = try String(contentsOfFile: directory + "/keys/web.secret", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try start()
    }

    /// Starts, or starts anew over what a killed supervisor left.
    func start() throws {
        process = try Self.start(
            ["serve", "--config", directory + "/conf"], environment: environment, in: directory, output: output)
        _ = eventually { workers.count == 9 && workers.allSatisfy { $0.state == .ready } }
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    var supervisor: Int32 { process.processIdentifier }
    var report: StatusReport? { try? ControlClient(runDirectory: runDirectory).status() }
    var workers: [StatusReport.Worker] { report?.workers ?? [] }
    var processes: Set<Int32> { Set(workers.map(\.process)) }

    func ready(_ pool: Pool) -> [Int32] {
        workers.filter { $0.pool == pool && $0.state == .ready }.map(\.process)
    }

    func signal(_ signal: Int32) { kill(supervisor, signal) }

    /// The exit status, once it has ended by itself.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    func breakSettings() throws {
        try "no_such_setting = 1;".write(toFile: directory + "/conf", atomically: true, encoding: .utf8)
    }

    /// Takes away what `authfcgi check` calls an error.
    func removeSecret(of pool: Pool) throws {
        try FileManager.default.removeItem(atPath: "\(directory)/keys/\(pool.rawValue).secret")
    }

    /// Whether `authfcgi status` finds the settings by the variable alone.
    func isFoundByVariable() throws -> Bool {
        let status = try Self.start(["status"], environment: ["AUTHFCGI_CONFIG": directory + "/conf"])
        status.waitUntilExit()
        return status.terminationStatus == 0
    }

    /// Starts a second one in the same place: its exit status.
    func startAnother() throws -> Int32 {
        let other = try Self.start(["serve", "--config", directory + "/conf"])
        other.waitUntilExit()
        return other.terminationStatus
    }

    /// Asks the pool `web` whether the process is well, which needs no database.
    func isAnswered() -> Bool {
        guard let answer = get("/auth/healthz") else { return false }
        return answer.isFinished && answer.text.hasPrefix("Status: 200 OK\r\n")
    }

    /// Asks the pool `web`; nil when nobody listens.
    func get(_ path: String) -> RawPeer.Answer? {
        let pairs = [
            ("REQUEST_METHOD", "GET"), ("DOCUMENT_URI", path), ("REQUEST_URI", path),
            ("REMOTE_ADDR", "127.0.0.1"), ("AUTHFCGI_POOL_SECRET", secret),
        ]
        guard let peer = try? RawPeer(runDirectory + "/web.sock") else { return nil }
        peer.send(Records.begin() + Records.stream(4, pairs.flatMap { Records.pair($0.0, $0.1) }) + Records.record(5))
        return peer.answer()
    }

    /// Whether a process does anything: a dead one that nobody has buried does not.
    static func isRunning(_ process: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return stat.components(separatedBy: ") ").last?.first != "Z"
    }

    /// What stands where it was started.
    func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory) }

    private static func start(
        _ arguments: [String], environment: [String: String]? = nil, in directory: String? = nil,
        output: FileHandle = .nullDevice
    ) throws -> Process {
        let process = Process()
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.executableURL = program
        process.arguments = arguments
        if let environment { process.environment = environment }
        process.standardOutput = output
        process.standardError = output
        try process.start()
        return process
    }
}

/// Whether something comes true in so many seconds.
func eventually(within seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds * patience)
    while !condition() {
        if Date() > deadline { return false }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return true
}
