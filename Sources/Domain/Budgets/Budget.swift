package import Crypto

/// How often something may happen: `burst` times at once, then once each `interval` (GCRA).
package struct Budget: Sendable, Equatable {
    package var burst: Int
    package var interval: Duration

    package init(burst: Int, every interval: Duration) {
        self.burst = burst
        self.interval = interval
    }

    /// How long a bucket that will be full at `arrival` has nothing to give; nil when it has something.
    func wait(until arrival: Instant, at now: Instant) -> Duration? {
        let wait = arrival - now - interval * (burst - 1)
        return wait > .zero ? min(wait, interval) : nil
    }

    /// Whether a bucket says that it is emptier than empty: a clock was ahead, or the budget was larger.
    func isBeyond(_ arrival: Instant, at now: Instant) -> Bool {
        arrival - now > interval * burst
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
    /// When each of these buckets will be full again; one that was never spent from is not among them.
    mutating func arrivals(of buckets: [Digest]) throws(Failure) -> [Digest: Instant]

    /// Takes one from each bucket, atomically, with the transaction that is open or else at once; a bucket that is
    /// empty is not charged further. Returns the longest wait of the empty ones, nil when none was empty.
    mutating func spend(_ spendings: [Spending], at now: Instant) throws(Failure) -> Duration?
}
