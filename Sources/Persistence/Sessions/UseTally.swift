internal import Crypto
internal import Domain

/// Uses of sessions that one worker keeps in memory for a moment, so that many of them cost the database one durable commit
/// and nobody waits for it. What a worker that is killed had only kept is lost: those sessions end by up to the interval
/// of the notes earlier, unless they are used again.
struct UseTally {
    /// Uses of sessions that last equally long without one.
    struct Batch: Equatable {
        let at: Instant
        let idleUntil: Instant
        let digests: [Digest]
    }

    /// So many are written down without waiting for more.
    private static let capacity = 256
    /// After so long what there is is written down.
    private static let interval = Duration.seconds(1)

    private var uses: [Digest: (at: Instant, idle: Duration)] = [:]
    /// When the first of them is to be written down; nil when there is none.
    private(set) var due: Instant?

    mutating func note(_ digest: Digest, at now: Instant, idleUntil: Instant) {
        uses[digest] = (now, idleUntil - now)
        if due == nil { due = now + Self.interval }
        if uses.count >= Self.capacity { due = now }
    }

    /// Takes what is due, or everything. What cannot be written down is not kept: the next use notes itself again.
    mutating func take(at now: Instant, all: Bool) -> [Batch] {
        // A clock that was set back must not keep them for hours.
        guard let due, all || due <= now || due - now > Self.interval else { return [] }
        defer {
            uses = [:]
            self.due = nil
        }
        return Dictionary(grouping: uses, by: \.value.idle).sorted { $0.key < $1.key }.map { idle, uses in
            let latest = uses.map(\.value.at).max() ?? now
            // In one order, whoever writes them: workers that wait for each other's rows would end in a deadlock.
            let digests = uses.map(\.key).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            return Batch(at: latest, idleUntil: latest + idle, digests: digests)
        }
    }
}
