package import Crypto

/// How often something may happen: `burst` times at once, then once each `interval` (GCRA).
package struct Budget: Sendable, Equatable {
    package var burst: Int
    package var interval: Duration

    package init(burst: Int, every interval: Duration) {
        self.burst = burst
        self.interval = interval
    }
}

/// One spending from one bucket. The bucket's name is a MAC: the table tells nobody who was counted.
package struct Spending: Sendable {
    package let bucket: Digest
    package let budget: Budget

    package init(bucket: Digest, budget: Budget) {
        self.bucket = bucket
        self.budget = budget
    }
}

/// The counters that all workers share and that outlive them.
package protocol BudgetStore: ~Copyable {
    /// Takes one from each bucket, atomically and durably before it returns; a bucket that is empty is not
    /// charged further. Returns the longest wait of the empty ones, nil when none was empty.
    mutating func spend(_ spendings: [Spending], at now: Instant) throws(Failure) -> Duration?
}
