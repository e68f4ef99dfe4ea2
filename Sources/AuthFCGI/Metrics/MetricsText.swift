/// The numbers in Prometheus' text format 0.0.4.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What of the database is asked only for this.
    struct Stored {
        /// Nil when the database does not answer.
        var outbox: Int?
    }

    private var lines: [String] = []

    static func of(_ report: MetricsReport, _ stored: Stored) -> String {
        var text = MetricsText()
        for family in MetricFamily.allCases { text.append(family, report) }
        text.append(report)
        text.append(stored)
        return text.lines.joined(separator: "\n") + "\n"
    }

    private mutating func append(_ family: MetricFamily, _ report: MetricsReport) {
        // The supervisor's layout says what its counts mean.
        guard let layout = report.layout.families.first(where: { $0.name == family.rawValue }) else { return }
        head(family.rawValue, family.kind.rawValue, family.help)
        for pool in family.isByPool ? Pool.allCases.map(Optional.init) : [nil] {
            let labels = pool.map { [("pool", $0.rawValue)] } ?? []
            for (name, row) in zip(layout.rows, report.table(layout, of: pool)) {
                switch family.kind {
                case .histogram: histogram(family.rawValue, labels, layout.columns, row)
                case .counter: counters(family, labels, name, layout.columns, row)
                }
            }
        }
    }

    /// Of tables, only what has happened: most routes never answer most statuses.
    private mutating func counters(
        _ family: MetricFamily, _ labels: [(String, String)], _ name: String, _ columns: [String], _ row: [UInt64]
    ) {
        for (column, amount) in zip(columns, row) where amount > 0 || columns.count == 1 {
            let values = (name.split(separator: ",").map(String.init) + [column]).filter { !$0.isEmpty }
            sample(family.rawValue, labels + Array(zip(family.labels, values)), "\(amount)")
        }
    }

    private mutating func histogram(
        _ name: String, _ labels: [(String, String)], _ columns: [String], _ row: [UInt64]
    ) {
        var count: UInt64 = 0
        for (bound, amount) in zip(columns, row).dropLast() {
            count &+= amount
            sample(name + "_bucket", labels + [("le", bound)], "\(count)")
        }
        sample(name + "_sum", labels, Seconds.text(microseconds: row.last ?? 0))
        sample(name + "_count", labels, "\(count)")
    }

    private mutating func append(_ report: MetricsReport) {
        let status = report.status
        head("workers", "gauge", "Worker processes, by state.")
        for pool in Pool.allCases {
            let workers = status.workers.filter { $0.pool == pool }
            for state in Child.State.allCases {
                let labels = [("pool", pool.rawValue), ("state", state.rawValue)]
                sample("workers", labels, "\(workers.count { $0.state == state })")
            }
        }
        head("workers_desired", "gauge", "Workers that a pool shall have.")
        for line in status.pools { sample("workers_desired", [("pool", line.pool.rawValue)], "\(line.desired)") }
        head("workers_busy", "gauge", "Workers that answer a request at this moment.")
        for pool in Pool.allCases {
            let busy = status.workers.count { $0.pool == pool && $0.busy > 0 }
            sample("workers_busy", [("pool", pool.rawValue)], "\(busy)")
        }
        head("queue", "gauge", "Connections that wait for a worker.")
        for pool in Pool.allCases {
            if let length = report.queues[pool] { sample("queue", [("pool", pool.rawValue)], "\(length)") }
        }
        head("hash_queue", "gauge", "Requests that wait for a password to be hashed.")
        sample("hash_queue", [], "\(report.hashQueue)")
        head("generation", "gauge", "Grows by one with each reload.")
        sample("generation", [], "\(status.generation)")
        head("start_time_seconds", "gauge", "When the counters began, in seconds since 1970.")
        sample("start_time_seconds", [], "\(report.since)")
        head("build_info", "gauge", "The version of this program.")
        sample("build_info", [("version", Version.text)], "1")
    }

    private mutating func append(_ stored: Stored) {
        head("database_up", "gauge", "Whether the database answered just now.")
        sample("database_up", [], stored.outbox == nil ? "0" : "1")
        guard let outbox = stored.outbox else { return }
        head("mail_outbox", "gauge", "Messages that wait to be sent; \(Self.outboxLimit) stands for more too.")
        sample("mail_outbox", [], "\(outbox)")
    }

    /// Counting goes so far and no further.
    static let outboxLimit = 10_000

    private mutating func head(_ name: String, _ type: String, _ help: String) {
        lines += ["# HELP authfcgi_\(name) \(help)", "# TYPE authfcgi_\(name) \(type)"]
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let pairs = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        lines.append("authfcgi_\(name)" + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(value)")
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
