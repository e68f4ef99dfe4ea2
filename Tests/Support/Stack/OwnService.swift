internal import Foundation
internal import Synchronization

/// `authfcgi serve` with a database, keys and sockets of its own and no web server, for tests that do it harm.
///
/// It ends when this process ends, however that happens.
package final class OwnService: Sendable {
    package static let cheapSettings = "passwords = { cost = { iterations = 1; memory = 8192; }; };"

    package let service: RunningService
    package let server: TestServer
    package let database: String
    package let directory: String
    /// Where `serve` writes its log.
    package var log: String { directory + "/log" }
    /// One for each start; its end ends what was started.
    private let inputs = Mutex<[FileHandle]>([])
    private static let numbers = Atomic<Int>(1)

    /// Makes everything that `start` needs.
    package init(settings: String = OwnService.cheapSettings, server: TestServer = .shared) throws {
        let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
        self.server = server
        database = "own\(number)"
        directory = "/tmp/authfcgi-own-\(getpid())-\(number)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var environment: [String] = []
        for (variable, file) in [("PASSWORD", "application"), ("MIGRATOR_PASSWORD", "migrator")] {
            let path = "\(directory)/\(file)"
            try "a-password-for-\(file)-\(number)".write(toFile: path, atomically: true, encoding: .utf8)
            chmod(path, 0o400)
            environment.append("AUTHFCGI_DATABASE__\(variable)_FILE=\(path)")
        }
        service = RunningService(
            program: Stack.binary, settings: directory + "/conf", keys: directory + "/keys",
            sockets: directory + "/run", environment: environment)
        try write(settings: settings)
        for arguments in [["key", "create"], ["init-db"], ["migrate"]] {
            let made = try Command(environment + [service.program] + arguments + ["--config", service.settings]).run()
            guard made.status == 0 else { throw Command.Failed(description: "\(arguments): \(made.errors)") }
            if arguments == ["init-db"] {
                _ = try Command("mariadb", "--no-defaults", "--socket=\(server.socket)", "--user=root")
                    .output(input: made.output)
            }
        }
    }

    deinit {
        for input in inputs.withLock({ $0 }) { try? input.close() }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Writes the settings anew, with these ones behind those that say where everything is.
    package func write(settings: String) throws {
        let text = """
            environment = "development";
            site = { origin = "http://localhost:8080"; name = "Example"; };
            database = {
                socket = "\(server.socket)"; name = "\(database)";
                user = "\(database)"; migrator_user = "\(database)_migrator";
            };
            processes = {
                run_directory = "\(service.sockets)"; key_directory = "\(service.keys)";
                socket_group = ""; allowed_users = ["\(getuid())"];
            };
            \(settings)
            """
        try text.write(toFile: service.settings, atomically: true, encoding: .utf8)
    }

    /// Starts the supervisor and waits for its workers.
    @discardableResult
    package func start() throws -> ServiceStatus {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // `read` returns when the pipe ends, and that is when this process does.
        shell.arguments =
            [
                "-c", "env \"$@\" >>'\(log)' 2>&1 & p=$!; read end; kill $p 2>/dev/null", "sh",
            ] + service.environment + [service.program, "serve", "--config", service.settings]
        let input = Pipe()
        shell.standardInput = input
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        inputs.withLock { $0.append(input.fileHandleForWriting) }
        return try service.settledStatus()
    }

    /// What it has logged so far, one JSON object a line.
    package func logged() throws -> [String] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

/// Whether a process does anything: a dead one that nobody has buried does not.
package func isRunning(_ process: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return stat.components(separatedBy: ") ").last?.first != "Z"
}

/// Whether something comes true within so many seconds.
package func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !condition() {
        if Date() > deadline { return false }
        usleep(10_000)
    }
    return true
}
