/// What `authfcgi top` shows: how the numbers changed between two readings.
struct TopFrame {
    let before: MetricsReport
    let after: MetricsReport
    /// Between the two.
    let seconds: Double

    /// Without colours and in ASCII; each line as long as it likes.
    var lines: [String] {
        [head, ""] + Self.aligned([poolHead] + Pool.allCases.map(row)) + [""]
            + Self.aligned([["", "PER SECOND", "P50 ms", "P95 ms", "P99 ms"]] + times) + [""]
            + Self.aligned([["", "PER SECOND"]] + outcomes)
    }

    private var head: String {
        let status = after.status
        return "authfcgi \(Version.text), supervisor \(status.process), generation \(status.generation), "
            + "up \(status.uptime / 1000) s"
    }

    private var poolHead: [String] {
        [
            "POOL", "WORKERS", "BUSY", "QUEUE", "REQ/s", "5XX/s", "P50 ms", "P95 ms", "P99 ms", "SERVED", "5XX",
            "RESTARTS",
        ]
    }

    private func row(_ pool: Pool) -> [String] {
        let workers = after.status.workers.filter { $0.pool == pool }
        let desired = after.status.pools.first { $0.pool == pool }?.desired ?? 0
        let times = span(.requestSeconds, of: pool)
        let served = sum(.requestSeconds, of: pool, in: after) { $0 != "sum" }
        let failed = sum(.requests, of: pool, in: after, where: Self.isFailure)
        let failedBefore = sum(.requests, of: pool, in: before, where: Self.isFailure)
        return [
            pool.rawValue, "\(workers.count { $0.state == .ready })/\(desired)", "\(workers.count { $0.busy > 0 })",
            after.queues[pool].map(String.init) ?? "-", rate(times.count), rate(Self.rise(failedBefore, failed)),
        ] + quantiles(times) + [
            "\(served)", "\(failed)", "\(sum(.restarts, of: pool, in: after) { _ in true })",
        ]
    }

    private var times: [[String]] {
        [("hashes", MetricFamily.hashSeconds), ("statements", .databaseSeconds)].map { name, family in
            let times = span(family)
            return [name, rate(times.count)] + quantiles(times)
        }
    }

    /// Every decision and result that came up between the two, and how many wait for a hash.
    private var outcomes: [[String]] {
        var rows: [[String]] = []
        for (name, family) in [("check", MetricFamily.checks), ("sign-in", .logins)] {
            guard let layout = after.layout.families.first(where: { $0.name == family.rawValue }) else { continue }
            let old = before.layout == after.layout ? before.table(layout) : []
            for (index, (label, new)) in zip(layout.rows, after.table(layout)).enumerated() {
                let risen = Self.rise(old.indices.contains(index) ? old[index][0] : 0, new[0])
                if risen > 0 { rows.append(["\(name) \(label.replacing(",", with: " "))", rate(risen)]) }
            }
        }
        return [["waiting for a hash", "\(after.hashQueue)"]] + rows
    }

    private static func isFailure(_ column: String) -> Bool { column.hasPrefix("5") }

    /// Counts fall only when counting began anew.
    private static func rise(_ before: UInt64, _ after: UInt64) -> UInt64 { after >= before ? after - before : after }

    private func rate(_ count: UInt64) -> String { Self.decimal(Double(count) / seconds, places: 1) }

    private func quantiles(_ times: HistogramSpan) -> [String] {
        [0.5, 0.95, 0.99].map { share in
            times.quantile(share).map { Self.decimal($0 * 1000, places: 2) } ?? "-"
        }
    }

    private func span(_ family: MetricFamily, of pool: Pool? = nil) -> HistogramSpan {
        guard let layout = after.layout.families.first(where: { $0.name == family.rawValue }) else {
            return HistogramSpan(columns: ["sum"], before: [], after: [])
        }
        return HistogramSpan(
            columns: layout.columns,
            before: before.layout == after.layout ? before.table(layout, of: pool)[0].dropLast() : [],
            after: after.table(layout, of: pool)[0].dropLast())
    }

    private func sum(
        _ family: MetricFamily, of pool: Pool, in report: MetricsReport, where isWanted: (String) -> Bool
    ) -> UInt64 {
        guard let layout = report.layout.families.first(where: { $0.name == family.rawValue }) else { return 0 }
        return report.table(layout, of: pool).reduce(0) { sum, row in
            zip(layout.columns, row).reduce(sum) { isWanted($1.0) ? $0 &+ $1.1 : $0 }
        }
    }

    /// Rounded, with so many digits behind the point.
    static func decimal(_ number: Double, places: Int) -> String {
        let scale = places == 2 ? 100 : places == 1 ? 10 : 1
        let scaled = Int((min(number, 1e15) * Double(scale)).rounded())
        guard scale > 1 else { return "\(scaled)" }
        return "\(scaled / scale).\(String(scaled % scale + scale).dropFirst())"
    }

    /// Words to the left, numbers to the right.
    static func aligned(_ rows: [[String]]) -> [String] {
        let widths = Output.widths(of: rows)
        return rows.map { row in
            row.enumerated().map { index, cell in
                let space = String(repeating: " ", count: widths[index] - cell.count)
                return index == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
    }
}
