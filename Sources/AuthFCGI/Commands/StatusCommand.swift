internal import ArgumentParser
internal import Domain
internal import JSON

/// `authfcgi status [--json]`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the pools and their workers.")

    @OptionGroup var supervisor: SupervisorOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let client = try supervisor.client()
        let report = try telling { () throws(Failure) in try client.status() }
        print(output.json ? report.json : report.table)
    }
}

extension StatusReport {
    /// For programs.
    var json: String {
        let pools = pools.map { pool -> JSONValue in
            [
                "pool": .string(pool.pool.rawValue), "workers": .integer(Int64(pool.desired)),
                "restarts": .integer(Int64(pool.restarts)),
            ]
        }
        let workers = workers.map { worker -> JSONValue in
            [
                "pid": .integer(Int64(worker.process)), "pool": .string(worker.pool.rawValue),
                "generation": .integer(Int64(worker.generation)), "state": .string(worker.state.rawValue),
                "uptime_ms": .integer(worker.uptime), "served": .integer(Int64(clamping: worker.served)),
                "failed": .integer(Int64(clamping: worker.failed)), "busy_ms": .integer(worker.busy),
            ]
        }
        let report: JSONValue = [
            "pid": .integer(Int64(process)), "generation": .integer(Int64(generation)),
            "uptime_ms": .integer(uptime), "pools": .array(pools), "workers": .array(workers),
        ]
        return report.line
    }

    /// For people.
    var table: String {
        var lines = ["supervisor \(process), generation \(generation), up \(uptime / 1000) s", ""]
        lines += pools.map { line in
            "\(line.pool.rawValue): \(line.desired) workers, \(line.restarts) restarts"
        }
        let head = ["PID", "POOL", "GEN", "STATE", "UP s", "SERVED", "5XX", "BUSY ms"]
        let rows = workers.sorted { ($0.pool.rawValue, $0.process) < ($1.pool.rawValue, $1.process) }.map { worker in
            [
                "\(worker.process)", worker.pool.rawValue, "\(worker.generation)", worker.state.rawValue,
                "\(worker.uptime / 1000)", "\(worker.served)", "\(worker.failed)", "\(worker.busy)",
            ]
        }
        lines += ["", Output.aligned([head] + rows)]
        return lines.joined(separator: "\n")
    }
}
