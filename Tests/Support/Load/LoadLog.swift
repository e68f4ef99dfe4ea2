/// Everything that a load client sent, in the order in which it ended.
package struct LoadLog: Sendable {
    package let begin: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
    package let entries: [LoadEntry]
    /// What the names of all begin with whom this load made.
    package let mark: String
    /// Those who had an account before the load began, by e-mail address.
    package let people: [LoadPerson]
    /// Connections that the server had closed while they were idle, and that were opened anew: no failure, every
    /// client of HTTP/1.1 has to do so.
    package let reconnects: Int

    package var failures: [LoadEntry] { entries.filter(\.isFailure) }

    /// Failures that none of these faults explains: they had not begun yet, or were over before it.
    package func failures(outside faults: [LoadFault]) -> [LoadEntry] {
        failures.filter { entry in !faults.contains { $0.touches(entry) } }
    }

    /// Figures of what ended in a part of the time; of all without one.
    package func summary(
        from: ContinuousClock.Instant? = nil, to: ContinuousClock.Instant? = nil, of kind: LoadKind? = nil
    ) -> LoadSummary {
        LoadSummary(
            entries.filter { entry in
                entry.end >= from ?? begin && entry.end <= to ?? end && (kind == nil || entry.kind == kind)
            })
    }
}

/// When a fault happened: in between, for nobody knows the moment in which a signal arrives.
package struct LoadFault: Sendable {
    package let from: ContinuousClock.Instant
    package let to: ContinuousClock.Instant

    /// Does harm, and notes when.
    package init(_ harm: () throws -> Void) rethrows {
        from = .now
        try harm()
        to = .now
    }

    /// Whether a request was on its way then.
    package func touches(_ entry: LoadEntry) -> Bool { entry.start <= to && from <= entry.end }
}

/// Figures of a number of requests; times run from when a request was due.
package struct LoadSummary: Sendable {
    package let requests: Int
    package let failed: Int
    package let failures: [LoadKind: Int]
    package let p50: Duration
    package let p99: Duration
    package let longest: Duration

    package init(_ entries: [LoadEntry]) {
        let failed = entries.filter(\.isFailure)
        let times = entries.map(\.latency).sorted()
        requests = entries.count
        self.failed = failed.count
        failures = Dictionary(failed.map { ($0.kind, 1) }, uniquingKeysWith: +)
        p50 = Self.percentile(50, of: times)
        p99 = Self.percentile(99, of: times)
        longest = times.last ?? .zero
    }

    /// The nearest rank: of a hundred times, the 99th has 98 below it.
    static func percentile(_ percent: Int, of sorted: [Duration]) -> Duration {
        sorted.isEmpty ? .zero : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
}

extension LoadSummary: CustomStringConvertible {
    package var description: String {
        "\(requests) requests, \(failed) failed, p50 \(p50.milliseconds) ms, p99 \(p99.milliseconds) ms, "
            + "longest \(longest.milliseconds) ms"
    }
}
