/// Everything that a load client sent, in the order in which it ended.
package struct LoadLog: Sendable {
    package let begin: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
    package let entries: [LoadEntry]
    /// Those who had an account before the load began, by e-mail address.
    package let people: [LoadPerson]
    /// Connections that the server had closed while they were idle, and that were opened anew: no failure, every
    /// client of HTTP/1.1 has to do so.
    package let reconnects: Int

    package var failures: [LoadEntry] { entries.filter(\.isFailure) }

    /// Failures that no fault of these moments explains: they had not begun yet, or were over before it.
    package func failures(
        outside moments: [ContinuousClock.Instant], slack: Duration = .milliseconds(20)
    ) -> [LoadEntry] {
        failures.filter { entry in !moments.contains { entry.start - slack <= $0 && $0 <= entry.end + slack } }
    }

    /// Requests that were on their way in a moment.
    package func inFlight(at moment: ContinuousClock.Instant) -> [LoadEntry] {
        entries.filter { $0.start <= moment && moment <= $0.end }
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
