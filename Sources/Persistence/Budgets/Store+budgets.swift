package import Crypto
package import Domain

/// The generic cell rate algorithm: a bucket is one number, the time at which it would be full again.
extension Store: BudgetStore {
    package mutating func arrivals(of buckets: [Digest]) throws(Failure) -> [Digest: Instant] {
        guard !buckets.isEmpty else { return [:] }
        let names = buckets.map { "\($0)" as SQL }
        var arrivals: [Digest: Instant] = [:]
        for var row in try read(
            "SELECT bucket, arrival FROM budgets WHERE bucket IN (\(fragment: SQL(joining: names, by: ", ")))")
        {
            let bucket = try row.next(Digest.self)
            arrivals[bucket] = Instant(microseconds: try row.next(Int64.self))
        }
        return arrivals
    }

    package mutating func spend(_ spendings: [Spending], at now: Instant) throws(Failure) -> Duration? {
        guard !spendings.isEmpty else { return nil }
        // Everybody locks the rows in the same order, so that two spenders do not wait for each other.
        let ordered = spendings.sorted { $0.bucket.bytes.lexicographicallyPrecedes($1.bucket.bytes) }
        var rows: [SQL] = []
        for spending in ordered {
            let (arrival, overflow) = now.microseconds.addingReportingOverflow(try spending.budget.checkedInterval())
            guard !overflow else { throw .defect("a budget beyond the end of time") }
            rows.append("(\(spending.bucket), \(arrival), \(spending.budget.burst), TRUE)")
        }
        // Assignments work from left to right: `arrival` is still the old value in the first, `is_granted` already the
        // new one in the second. VALUES(arrival) - now is the interval. No bucket is emptier than empty: a clock that was
        // ahead for a moment, or a larger budget before, must not lock anybody out for longer.
        let outcome = try write(
            """
            INSERT INTO budgets (bucket, arrival, burst, is_granted) VALUES \(fragment: SQL(joining: rows, by: ", "))
            ON DUPLICATE KEY UPDATE
                burst = VALUES(burst),
                is_granted = arrival - \(now.microseconds) <= (VALUES(burst) - 1) * (VALUES(arrival) - \(now.microseconds)),
                arrival = IF(is_granted,
                    GREATEST(arrival, \(now.microseconds)) + VALUES(arrival) - \(now.microseconds),
                    LEAST(arrival, \(now.microseconds) + VALUES(burst) * (VALUES(arrival) - \(now.microseconds))))
            RETURNING arrival, is_granted
            """)
        guard outcome.rows.count == ordered.count else { throw .defect("a bucket without an answer") }
        var longest: Int64?
        for (spending, var row) in zip(ordered, outcome.rows) {
            let arrival = try row.next(Int64.self)
            if try row.next(Bool.self) { continue }
            let tolerance = try spending.budget.checkedInterval() * Int64(spending.budget.burst - 1)
            longest = max(longest ?? 0, arrival - tolerance - now.microseconds)
        }
        return longest.map(Duration.microseconds)
    }
}

extension Budget {
    /// The interval in microseconds; burst and interval come from settings, so they are bounded here once more.
    fileprivate func checkedInterval() throws(Failure) -> Int64 {
        let microseconds = interval.microseconds
        guard (1...1_000_000).contains(burst), (1...31_622_400_000_000).contains(microseconds),
            !microseconds.multipliedReportingOverflow(by: Int64(burst)).overflow
        else { throw .defect("a budget out of range: burst 1 to 1,000,000, interval 1 µs to 366 days") }
        return microseconds
    }
}
