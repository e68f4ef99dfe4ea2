internal import ArgumentParser
internal import Domain

/// `authfcgi status [--json]`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the pools and their workers.")

    @OptionGroup var options: ConfigOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let client = ControlClient(runDirectory: try options.settings().processes.runDirectory)
        let report = try telling { () throws(Failure) in try client.status() }
        print(output.json ? report.json : report.table)
    }
}

extension StatusReport {
    /// Numbers and fixed words only: nothing in it needs an escape.
    var json: String {
        let pools = pools.map {
            #"{"pool":"\#($0.pool.rawValue)","workers":\#($0.desired),"restarts":\#($0.restarts)}"#
        }
        let workers = workers.map { worker in
            #"{"pid":\#(worker.process),"pool":"\#(worker.pool.rawValue)","generation":\#(worker.generation),"#
                + #""state":"\#(worker.state.rawValue)","uptime_ms":\#(worker.uptime),"served":\#(worker.served),"#
                + #""failed":\#(worker.failed),"busy_ms":\#(worker.busy)}"#
        }
        return #"{"pid":\#(process),"generation":\#(generation),"uptime_ms":\#(uptime),"#
            + #""pools":[\#(pools.joined(separator: ","))],"workers":[\#(workers.joined(separator: ","))]}"#
    }

    /// For people.
    var table: String {
        var lines = ["supervisor \(process), generation \(generation), up \(uptime / 1000) s", ""]
        lines += pools.map { line in
            "\(line.pool.rawValue): \(line.desired) workers, \(line.restarts) restarts"
        }
        lines += ["", Self.row(["PID", "POOL", "GEN", "STATE", "UP s", "SERVED", "5XX", "BUSY ms"])]
        lines += workers.sorted { ($0.pool.rawValue, $0.process) < ($1.pool.rawValue, $1.process) }.map { worker in
            Self.row([
                "\(worker.process)", worker.pool.rawValue, "\(worker.generation)", worker.state.rawValue,
                "\(worker.uptime / 1000)", "\(worker.served)", "\(worker.failed)", "\(worker.busy)",
            ])
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ cells: [String]) -> String {
        cells.map { $0 + String(repeating: " ", count: max(0, 10 - $0.count)) }.joined(separator: " ")
    }
}
