internal import Foundation
package import Persistence
internal import Synchronization

/// `authfcgi serve` with a database, keys and sockets of its own and no web server, for tests that do it harm.
///
/// It ends when this process ends, however that happens.
package final class OwnService: Sendable {
    package static let cheapSettings = "passwords = { cost = { iterations = 1; memory = 8192; }; };"

    package let service: RunningService
    package let server: TestServer
    /// What stands between the service and its database, if anything.
    package let proxy: FaultProxy?
    package let database: String
    package let directory: String
    /// Where `serve` writes its log.
    package var log: String { directory + "/log" }
    /// One for each start; its end ends what was started.
    private let inputs = Mutex<[FileHandle]>([])
    private let web = Mutex<OwnWeb?>(nil)
    private static let numbers = Atomic<Int>(1)

    /// Makes everything that `start` needs.
    ///
    /// - Parameters:
    ///   - proxy: the way to the server, for the service and its commands.
    ///   - replacesProgram: it runs a copy of the program, which `replaceProgram` exchanges.
    package init(
        settings: String = OwnService.cheapSettings, server: TestServer = .shared, proxy: FaultProxy? = nil,
        replacesProgram: Bool = false
    ) throws {
        self.proxy = proxy
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
        if replacesProgram { try Self.copyProgram(into: directory) }
        service = RunningService(
            program: replacesProgram ? directory + "/authfcgi" : Stack.binary, settings: directory + "/conf",
            keys: directory + "/keys",
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
        web.withLock { $0 = nil }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Writes the settings anew, with these ones behind those that say where everything is. Unless they say otherwise,
    /// whoever registers is signed in.
    package func write(settings: String) throws {
        let text = """
            environment = "development";
            \(settings.contains("registration =") ? "" : "registration = \"open\";")
            site = { origin = "http://localhost:8080"; name = "Example"; };
            database = {
                socket = "\(proxy?.socket ?? server.socket)"; name = "\(database)";
                user = "\(database)"; migrator_user = "\(database)_migrator";
            };
            processes = {
                run_directory = "\(service.sockets)"; key_directory = "\(service.keys)";
                socket_group = ""; allowed_users = ["\(getuid())"];
            };
            \(settings.contains("accounts = {") ? "" : "accounts = { erasure_ledger = \"\(directory)/erasures\"; };")
            \(settings)
            """
        try text.write(toFile: service.settings, atomically: true, encoding: .utf8)
        // It may hold a password.
        chmod(service.settings, 0o600)
    }

    /// Two copies of the program, each of which can be put into its place by one step.
    private static func copyProgram(into directory: String) throws {
        for copy in ["/one", "/two"] {
            _ = try Command("strip", "-o", directory + copy, Stack.binary).output()
            chmod(directory + copy, 0o755)
        }
        link(directory + "/one", directory + "/authfcgi")
    }

    /// Puts a file in the place of the program by renaming, as a package does: without a name, the other copy of it.
    package func replaceProgram(by file: String? = nil) throws {
        let isFirst = try FileIdentity(service.program) == FileIdentity(directory + "/one")
        let next = service.program + ".next"
        unlink(next)
        guard link(file ?? directory + (isFirst ? "/two" : "/one"), next) == 0, rename(next, service.program) == 0
        else { throw Command.Failed(description: "the program could not be replaced: errno \(errno)") }
    }

    /// The database as its root sees it.
    package var root: DatabaseSettings {
        var root = server.root
        root.name = database
        return root
    }

    /// Starts the supervisor and waits for its workers.
    ///
    /// - Parameters:
    ///   - launcher: a program that becomes the one that its arguments name.
    ///   - options: of `serve`.
    @discardableResult
    package func start(by launcher: [String] = [], options: [String] = []) throws -> ServiceStatus {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // `read` returns when the pipe ends, and that is when this process does.
        shell.arguments =
            [
                "-c", "env \"$@\" >>'\(log)' 2>&1 & p=$!; read end; kill $p 2>/dev/null", "sh",
            ] + service.environment + launcher + [service.program, "serve", "--config", service.settings]
            + options
        let input = Pipe()
        shell.standardInput = input
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        inputs.withLock { $0.append(input.fileHandleForWriting) }
        return try service.settledStatus()
    }

    /// Starts nginx before it, for as long as the service is kept.
    ///
    /// - Parameter directives: more of them for its `http` block.
    package func startWeb(directives: String = "") throws -> OwnWeb {
        let started = try OwnWeb(before: self, directives: directives)
        web.withLock { $0 = started }
        return started
    }

    /// What it has logged so far, one JSON object a line.
    package func logged() throws -> [String] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

/// Which file it is, whatever its name: two processes that run the same file run the same program.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt
    private let number: UInt

    package init(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Command.Failed(description: "no \(path): errno \(errno)") }
        device = status.st_dev
        number = status.st_ino
    }

    /// The program that a process runs.
    package init(ofProcess process: Int32) throws { try self.init("/proc/\(process)/exe") }
}

/// Whether a process does anything: a dead one that nobody has buried does not.
package func isRunning(_ process: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return stat.components(separatedBy: ") ").last?.first != "Z"
}

/// Whether something comes true within so many seconds.
package func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds * patience)
    while try !condition() {
        if Date() > deadline { return false }
        usleep(10_000)
    }
    return true
}

/// How many times longer than usual tests wait; `script/sanitize` asks for it, whose programs are slow.
package let patience = ProcessInfo.processInfo.environment["TEST_PATIENCE"].flatMap { Double($0) } ?? 1
