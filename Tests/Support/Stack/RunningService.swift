internal import Foundation

/// What `authfcgi status --json` says.
package struct ServiceStatus: Decodable, Sendable {
    package struct Pool: Decodable, Sendable {
        package let pool: String
        package let workers: Int
        package let restarts: Int
    }

    package struct Worker: Decodable, Sendable {
        package let pid: Int32
        package let pool: String
        package let generation: Int
        package let state: String
        package let uptime_ms: Int
        package let served: Int
        package let failed: Int
        package let busy_ms: Int
    }

    package let pid: Int32
    package let generation: Int
    package let uptime_ms: Int
    package let pools: [Pool]
    package let workers: [Worker]

    package func processes(of pool: String? = nil) -> Set<Int32> {
        Set(workers.filter { pool == nil || $0.pool == pool }.map(\.pid))
    }

    package var isSettled: Bool {
        workers.count == pools.map(\.workers).reduce(0, +) && workers.allSatisfy { $0.state == "ready" }
    }
}

/// A running `authfcgi serve`, whoever started it: its program, its settings and where its keys and sockets stand.
package struct RunningService: Sendable {
    package let program: String
    package let settings: String
    package let keys: String
    package let sockets: String
    /// `NAME=value` of what the program needs in its environment.
    package let environment: [String]

    package init(program: String, settings: String, keys: String, sockets: String, environment: [String] = []) {
        self.program = program
        self.settings = settings
        self.keys = keys
        self.sockets = sockets
        self.environment = environment
    }

    /// Runs one of its commands to the end.
    package func command(_ arguments: String..., input: String = "") throws -> Command.Result {
        try Command(environment + [program] + arguments + ["--config", settings]).run(input: input)
    }

    package func status() throws -> ServiceStatus {
        let result = try command("status", "--json")
        guard result.status == 0 else { throw Command.Failed(description: result.errors) }
        return try JSONDecoder().decode(ServiceStatus.self, from: Data(result.output.utf8))
    }

    /// The status once every worker that should be there is ready.
    package func settledStatus(of generation: Int? = nil) throws -> ServiceStatus {
        for _ in 0..<150 {
            let status = try? status()
            if let status, status.isSettled, generation == nil || status.generation == generation { return status }
            usleep(50_000)
        }
        throw Command.Failed(description: "the workers did not get ready")
    }

    package func socket(_ pool: String) -> String { "\(sockets)/\(pool).sock" }

    package func secret(_ pool: String) throws -> String {
        try String(contentsOfFile: "\(keys)/\(pool).secret", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    package func pool(_ name: String) throws -> FastCGIPool {
        FastCGIPool(path: socket(name), secret: try secret(name))
    }
}

extension Stack {
    /// The service behind nginx.
    package var service: RunningService {
        RunningService(
            program: directory + "/run/authfcgi", settings: directory + "/state/authfcgi.conf",
            keys: directory + "/state/keys", sockets: directory + "/run/sockets")
    }

    /// Lets the user of the tests connect to the pools too, as an operator would: new settings, SIGHUP.
    package func admitTests() throws {
        let service = service
        let text = try String(contentsOfFile: service.settings, encoding: .utf8)
        let more = text.replacingOccurrences(of: "allowed_users = [", with: "allowed_users = [\"\(getuid())\", ")
        try more.write(toFile: service.settings, atomically: false, encoding: .utf8)
        let status = try service.settledStatus()
        kill(status.pid, SIGHUP)
        _ = try service.settledStatus(of: status.generation + 1)
    }
}
