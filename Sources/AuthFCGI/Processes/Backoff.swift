/// How long a pool waits before it replaces a worker: not at all, unless workers die as soon as they are there.
struct Backoff {
    /// Deaths of this many young workers in a row are replaced at once: a peer may have killed them one by one.
    private static let patience = 5
    /// In milliseconds.
    private static let longest: Int64 = 10_000

    private var strikes = 0

    /// Milliseconds to wait after a worker ended that lived so long after it was ready; nil when it never was.
    mutating func delay(afterLife life: Int64?) -> Int64 {
        if let life, life >= 1000 {
            strikes = 0
            return 0
        }
        strikes += 1
        let free = life == nil ? 1 : Self.patience
        guard strikes > free else { return 0 }
        return min(Self.longest, 100 << Int64(min(strikes - free - 1, 10)))
    }
}
