internal import Domain

/// The requests of one worker that wait for a slot to hash. They are few: whoever is let in is to be served soon, and
/// whoever is not let in is told so at once.
struct HashQueue {
    struct Entry {
        let connection: Descriptor
        let body: RecordScanner.BodyState
        /// Whether the poller knows the connection.
        let isWatched: Bool
        /// The browser, where it has signed in before.
        let device: DeviceID?
        /// When it came (`Monotonic`).
        let since: Int64
    }

    /// Milliseconds that whoever is let in should have to wait here at most.
    private static let patience: Int64 = 400
    /// Milliseconds after which a guest is turned away after all: a request that is older than a second is worth nothing.
    private static let limits: [HashSlots.Guest: Int64] = [.device: 900, .stranger: 700]
    /// Milliseconds between two looks for a free slot: nobody tells when one becomes free.
    private static let interval: Int64 = 1
    /// Milliseconds after which a stranger has his turn before devices: without them he would have been served by then.
    /// Where a hash takes long, he has to wait for three.
    private var turn: Int64 { max(500, 3 * pace) }
    /// Milliseconds between two such turns.
    private static let turnInterval: Int64 = 1000
    /// More who are too many within a second are a rush, in which no stranger is let wait for so many milliseconds.
    private static let (flood, rush): (Int, Int64) = (5, 5000)

    private let slots: HashSlots
    private var entries: [HashSlots.Guest: [Entry]] = [:]
    private var nextLook: Int64 = 0
    private var nextTurn: Int64 = 0
    /// Nil while there is none here.
    private var rushEnds: Int64?
    /// Those who were too many since then.
    private var tooMany = (count: 0, since: Int64(0))
    /// Whether a slot is taken for who is served next.
    private(set) var hasSlot = false
    /// Milliseconds that the slowest of the last requests took.
    private var pace: Int64 = 100
    private var beganAt: Int64 = 0

    init(_ slots: HashSlots) {
        self.slots = slots
    }

    var isEmpty: Bool { entries.values.allSatisfy(\.isEmpty) }

    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    private var isDeviceWaiting: Bool { entries[.device]?.isEmpty == false }

    /// When to look for a slot, or to end a rush; nil when there is nothing to do.
    var deadline: Int64? { [isEmpty ? nil : nextLook, rushEnds].compactMap(\.self).min() }

    /// For each kind of guest: what this worker could serve itself before patience ends.
    private var capacity: Int { Int(min(max(Self.patience / max(pace, 1), 2), 8)) }

    /// False when there is no room.
    mutating func enter(_ entry: Entry) -> Bool {
        let guest = guest(entry)
        guard hasRoom(for: guest, at: entry.since) else { return false }
        // A worker that has just become free would be faster than those where somebody like him waits already.
        let look = isEmpty && !hasSlot && slots.isWaitedFor(by: guest) ? entry.since + 8 * Self.interval : entry.since
        nextLook = isEmpty || guest == .device ? look : nextLook
        entries[guest, default: []].append(entry)
        return true
    }

    /// In a rush a stranger is served at once or not at all: most who wait would be told in the end that they are over a limit,
    /// and that late. Slots are never free for long then.
    private mutating func hasRoom(for guest: HashSlots.Guest, at now: Int64) -> Bool {
        let count = entries[guest, default: []].count
        guard guest == .stranger else { return count < capacity }
        if isRush(at: now) {
            // The next slot is a device's that waits here: he would wait behind it for a whole hash.
            if !isDeviceWaiting, !hasSlot, count == 0, slots.take(for: .stranger) {
                hasSlot = true
                return true
            }
        } else if count < capacity {
            return true
        }
        if now - tooMany.since >= 1000 { tooMany = (0, now) }
        tooMany.count += 1
        if tooMany.count > Self.flood {
            rushEnds = now + Self.rush
            slots.alarm(true)
        }
        return false
    }

    /// A rush at one worker is one for all: those that hash do not see who comes.
    private func isRush(at now: Int64) -> Bool { now < rushEnds ?? now || slots.isAlarmed }

    /// Whether there is a rush, and this worker has no slot and must be there for who comes.
    var isAtDoorInRush: Bool { slots.isRush && !slots.isTaken }

    private mutating func endRush(now: Int64) {
        guard let end = rushEnds, now >= end else { return }
        rushEnds = nil
        slots.alarm(false)
    }

    /// A browser that waits here once already stands in line with everybody: one cookie does not fill the place of devices.
    private func guest(_ entry: Entry) -> HashSlots.Guest {
        guard let device = entry.device else { return .stranger }
        return entries[.device, default: []].contains { $0.device == device } ? .stranger : .device
    }

    /// Who is served now: a slot is taken for him, and is to be given back.
    mutating func next(now: Int64) -> Entry? {
        endRush(now: now)
        guard now >= nextLook, let guest = nextGuest(now: now) else { return nil }
        let hasTurn = guest == .stranger && isTurn(now: now)
        guard hasSlot || slots.take(for: hasTurn ? .device : guest) else {
            slots.ring(for: isDeviceWaiting ? .device : .stranger)
            nextLook = now + Self.interval
            return nil
        }
        hasSlot = false
        // While this worker is busy, nobody else has to stand back for who waits here.
        slots.ring(for: nil)
        if hasTurn { nextTurn = now + Self.turnInterval }
        beganAt = now
        return entries[guest]?.removeFirst()
    }

    /// Devices first; but now and then a stranger who has waited long, so that devices alone cannot keep all others out.
    private func nextGuest(now: Int64) -> HashSlots.Guest? {
        if !isDeviceWaiting { return entries[.stranger, default: []].isEmpty ? nil : .stranger }
        return isTurn(now: now) ? .stranger : .device
    }

    private func isTurn(now: Int64) -> Bool {
        guard now >= nextTurn, let stranger = entries[.stranger]?.first else { return false }
        return now - stranger.since >= turn
    }

    /// Somebody for whom no slot became free in time.
    mutating func nextLate(now: Int64) -> Entry? {
        for guest in HashSlots.Guest.allCases {
            guard let first = entries[guest]?.first, let limit = Self.limits[guest] else { continue }
            // In a rush only who has a slot is left, and he gives it to a device that has come meanwhile.
            let isTooMany = guest == .stranger && isRush(at: now) && (!hasSlot || isDeviceWaiting)
            guard isTooMany || now - first.since >= limit else { continue }
            defer { if isEmpty { leave() } }
            return entries[guest]?.removeFirst()
        }
        return nil
    }

    /// Nobody waits here any more.
    private mutating func leave() {
        slots.ring(for: nil)
        if hasSlot { slots.giveBack() }
        hasSlot = false
    }

    mutating func giveBack(now: Int64) {
        slots.giveBack()
        pace = max(now - beganAt, pace - pace / 8)
    }
}
