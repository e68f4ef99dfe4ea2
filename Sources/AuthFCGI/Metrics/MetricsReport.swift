/// Everything that a supervisor knows of its workers, those that are no more included.
struct MetricsReport: Equatable {
    let status: StatusReport
    /// Seconds since 1970: since then is counted.
    let since: Int64
    /// Connections that wait for a worker.
    var queues: [Pool: Int] = [:]
    /// Requests that wait in workers for a slot to hash in.
    var waiting = 0
    /// What the counts mean: the supervisor may be of another version than whoever reads.
    var layout = MetricLayout.own
    private(set) var counts: [Pool: [UInt64]] = [:]

    init(_ status: StatusReport, since: Int64) {
        self.status = status
        self.since = since
    }

    init(_ status: StatusReport, _ elders: Elders, _ children: [Child], queues: [Pool: Int]) {
        self.init(status, since: elders.since)
        self.queues = queues
        for pool in Pool.allCases { add(elders.counts(of: pool), of: pool) }
        for child in children {
            add(child.scoreboard.counts, of: child.pool)
            waiting += child.scoreboard.waiting
        }
    }

    /// Requests that wait for a hash, at the socket or in a worker.
    var hashQueue: Int { waiting + (queues[.login] ?? 0) }

    mutating func add(_ more: [UInt64], of pool: Pool) {
        var sum = counts[pool] ?? [UInt64](repeating: 0, count: layout.count)
        for (position, amount) in more.enumerated() where position < sum.count { sum[position] &+= amount }
        counts[pool] = sum
    }

    /// The counts of a family in one pool, or in all; row by row.
    func table(_ family: MetricLayout.Family, of pool: Pool? = nil) -> [[UInt64]] {
        guard let start = layout.start(of: family.name) else { return [] }
        let pools = pool.map { [$0] } ?? Pool.allCases
        return family.rows.indices.map { row in
            family.columns.indices.map { column in
                let position = start + row * family.columns.count + column
                return pools.reduce(0) { sum, pool in
                    let counts = counts[pool] ?? []
                    return sum &+ (position < counts.count ? counts[position] : 0)
                }
            }
        }
    }

    /// As it goes through the control socket: paragraphs, of which the last holds what is not zero.
    var text: String {
        var lines = ["since \(since)", "waiting \(waiting)"]
        for pool in Pool.allCases {
            if let queue = queues[pool] { lines.append("queue \(pool.rawValue) \(queue)") }
        }
        let counted = Pool.allCases.map { pool in
            let cells = (counts[pool] ?? []).enumerated().filter { $0.element > 0 }
            return "\(pool.rawValue) " + cells.map { "\($0.offset):\($0.element)" }.joined(separator: " ")
        }
        return [status.text, lines.joined(separator: "\n"), layout.text, counted.joined(separator: "\n")]
            .joined(separator: "\n\n")
    }
}

extension MetricsReport {
    /// Nil when the text is not one that `text` made.
    init?(_ text: String) {
        let parts = text.split(separator: "\n\n").map(String.init)
        guard parts.count == 4, let status = StatusReport(parts[0]), let layout = MetricLayout(parts[2]) else {
            return nil
        }
        var since: Int64?
        var waiting = 0
        var queues: [Pool: Int] = [:]
        for line in parts[1].split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("since", 2): since = Int64(words[1])
            case ("waiting", 2): waiting = Int(words[1]) ?? 0
            case ("queue", 3):
                guard let pool = Pool(rawValue: words[1]), let length = Int(words[2]) else { return nil }
                queues[pool] = length
            default: continue
            }
        }
        guard let since else { return nil }
        self.init(status, since: since)
        self.queues = queues
        self.waiting = waiting
        self.layout = layout
        for line in parts[3].split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let pool = words.first.flatMap({ Pool(rawValue: String($0)) }) else { return nil }
            var counted = [UInt64](repeating: 0, count: layout.count)
            for word in words.dropFirst() {
                let cell = word.split(separator: ":")
                guard cell.count == 2, let position = Int(cell[0]), let amount = UInt64(cell[1]),
                    counted.indices.contains(position)
                else { return nil }
                counted[position] = amount
            }
            counts[pool] = counted
        }
    }
}
