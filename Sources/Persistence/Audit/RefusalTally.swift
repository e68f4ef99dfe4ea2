internal import Crypto
internal import Domain

/// Refusals beyond limits that one worker counts in memory, so that a flood of them costs the database one commit a
/// second and not one each. The first of a bucket and minute is written at once; what a worker that is killed had only
/// counted is lost.
struct RefusalTally {
    /// One row of the counted refusals.
    struct Place: Hashable {
        let bucket: Digest
        let minute: Instant

        init(bucket: Digest, at time: Instant) {
            self.bucket = bucket
            let seconds = time.seconds
            minute = Instant(seconds: seconds - (seconds % 60 + 60) % 60)
        }
    }

    /// More buckets than that are written one by one.
    private static let capacity = 1024
    private static let interval = Duration.seconds(1)

    private var counts: [Place: Int] = [:]
    private var settledAt = Instant(seconds: 0)

    /// Counts one more where the row is known to be there; false where it is to be written.
    mutating func counts(_ place: Place) -> Bool {
        guard let count = counts[place] else { return false }
        counts[place] = count + 1
        return true
    }

    /// From now on the place is counted.
    mutating func begin(_ place: Place, at now: Instant) {
        if counts.isEmpty { settledAt = now }
        if counts.count < Self.capacity { counts[place] = 0 }
    }

    /// When there is something to be written; nil when nothing is.
    var due: Instant? { counts.values.contains { $0 > 0 } ? settledAt + Self.interval : nil }

    /// What is to be written now; nil when it is too early.
    func due(at now: Instant, all: Bool) -> [(Place, Int)]? {
        guard !counts.isEmpty, all || now - settledAt >= Self.interval else { return nil }
        // In one order everywhere: two workers do not wait for each other's rows.
        return counts.filter { $0.value > 0 }.sorted {
            $0.key.bucket.bytes.lexicographicallyPrecedes($1.key.bucket.bytes)
        }
    }

    /// Everything is written: minutes that are over are forgotten.
    mutating func settle(at now: Instant) {
        settledAt = now
        counts = counts.filter { now - $0.key.minute < .minutes(1) }.mapValues { _ in 0 }
    }
}
