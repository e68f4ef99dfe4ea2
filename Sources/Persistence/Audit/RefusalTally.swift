internal import Crypto
internal import Domain

/// Refusals beyond limits that one worker counts in memory, so that a flood of them costs the database one commit a
/// second and not one each. The first of a bucket and minute is written at once; what a worker that is killed had only
/// counted is lost. What could not be written is kept, and tried again with what came since.
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

    /// The first refusal of a place, which its row tells of, and how many are counted and not yet written.
    private struct Entry {
        let event: AuditEvent
        var count = 0
    }

    private var entries: [Place: Entry] = [:]
    /// When writing was last tried, whatever came of it: a database in trouble is not asked by every request.
    private var triedAt = Instant(seconds: 0)

    /// Counts one more where the row has been written; false where it is to be.
    mutating func counts(_ place: Place) -> Bool {
        guard entries[place] != nil else { return false }
        entries[place]?.count += 1
        return true
    }

    /// The place has its row: from now on it is counted.
    mutating func begin(_ place: Place, with event: AuditEvent) {
        if entries.isEmpty { triedAt = event.at }
        if entries.count < Self.capacity { entries[place] = Entry(event: event) }
    }

    /// When there is something to be written; nil when nothing is.
    var due: Instant? { entries.values.contains { $0.count > 0 } ? triedAt + Self.interval : nil }

    /// What is to be written now; nil when it is too early.
    mutating func due(at now: Instant, all: Bool) -> [(place: Place, event: AuditEvent, count: Int)]? {
        guard !entries.isEmpty, all || now - triedAt >= Self.interval else { return nil }
        triedAt = now
        // In one order everywhere: two workers do not wait for each other's rows.
        return entries.filter { $0.value.count > 0 }
            .sorted { $0.key.bucket.bytes.lexicographicallyPrecedes($1.key.bucket.bytes) }
            .map { ($0.key, $0.value.event, $0.value.count) }
    }

    /// Everything is written: minutes that are over are forgotten.
    mutating func settle(at now: Instant) {
        entries = entries.filter { now - $0.key.minute < .minutes(1) }.mapValues { Entry(event: $0.event) }
    }
}
