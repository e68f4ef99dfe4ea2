/// The requests of one worker that wait for a slot to hash. They are few, because whoever is let in is served and not
/// turned away later; whoever is not let in is told so at once.
struct HashQueue {
    struct Entry {
        let connection: Descriptor
        let body: RecordScanner.BodyState
        /// Whether the poller knows the connection.
        let isWatched: Bool
    }

    /// Milliseconds that whoever is let in may have to wait here. A request that is older than a second is refused, and
    /// that would be a late refusal.
    private static let patience: Int64 = 400
    /// Milliseconds between two looks for a free slot: nobody tells when one becomes free.
    private static let interval: Int64 = 2

    private let slots: HashSlots
    private var entries: [HashSlots.Guest: [Entry]] = [:]
    private var nextLook: Int64 = 0
    /// Milliseconds that the slowest of the last requests took.
    private var pace: Int64 = 100
    private var beganAt: Int64 = 0

    init(_ slots: HashSlots) {
        self.slots = slots
    }

    var isEmpty: Bool { entries.values.allSatisfy(\.isEmpty) }

    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    /// When to look for a slot; nil when nobody waits.
    var deadline: Int64? { isEmpty ? nil : nextLook }

    /// For each kind of guest: what this worker could serve itself before patience ends.
    private var capacity: Int { Int(min(max(Self.patience / max(pace, 1), 2), 8)) }

    /// False when there is no room.
    mutating func enter(_ entry: Entry, as guest: HashSlots.Guest, now: Int64) -> Bool {
        guard entries[guest, default: []].count < capacity else { return false }
        // A worker that has just become free would be faster than those where somebody waits already.
        if isEmpty { nextLook = slots.isWaitedFor(by: guest) ? now + 4 * Self.interval : now }
        entries[guest, default: []].append(entry)
        if guest == .device { nextLook = min(nextLook, now) }
        return true
    }

    /// Who is served now: a slot is taken for him, and is to be given back.
    mutating func next(now: Int64) -> Entry? {
        guard now >= nextLook, let guest = HashSlots.Guest.allCases.first(where: { entries[$0]?.isEmpty == false })
        else { return nil }
        guard slots.take(for: guest) else {
            slots.ring(for: guest)
            nextLook = now + Self.interval
            return nil
        }
        // While this worker is busy, nobody else has to stand back for who waits here.
        slots.ring(for: nil)
        beganAt = now
        return entries[guest]?.removeFirst()
    }

    mutating func giveBack(now: Int64) {
        slots.giveBack()
        pace = max(now - beganAt, pace - pace / 8)
    }
}
