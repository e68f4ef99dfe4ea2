internal import CSystem
internal import Domain
internal import Glibc

/// The right to hash a password, shared by all login workers of the machine, those of an old generation included (ADR 18).
///
/// There is one slot fewer than there are workers, so that one of them is always free to answer. A slot is a byte of a
/// file, taken by locking it: the kernel gives back what a process had that died.
///
/// Sendable without proof: a worker has one thread.
final class HashSlots: @unchecked Sendable {
    /// Who waits for a slot, in the order in which slots are given.
    enum Guest: Int64, CaseIterable {
        /// Somebody whose browser has signed in before.
        case device
        case stranger

        /// Beyond every slot: a worker where such a guest waits has a lock on this byte.
        fileprivate var bell: Int64 { 1 << 20 + rawValue }
    }

    /// A worker that is in a rush has a lock on this byte.
    private static let siren: Int64 = 1 << 21

    private let file: Descriptor
    private var taken: Int64?
    private var rung: Guest?
    private var isLoud = false

    /// Opens the file, and makes it when it is not there.
    init(path: String) throws(Failure) {
        file = try Descriptor(
            open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600), from: "open \(path)")
    }

    /// Has so many workers share the slots: the length of the file is their number.
    func share(among workers: Int) throws(Failure) {
        guard ftruncate(file.number, off_t(max(1, workers - 1))) == 0 else {
            throw .system("ftruncate", code: errno)
        }
    }

    var count: Int64 { max(1, system_file_size(file.number)) }

    /// Takes a slot when one is free and nobody waits elsewhere who comes first.
    func take(for guest: Guest) -> Bool {
        guard taken == nil, guest == .device || !isWaitedFor(by: .device) else { return false }
        for slot in 0..<count where system_lock_byte(file.number, slot, 0) == 0 {
            taken = slot
            return true
        }
        return false
    }

    /// Whether this process has a slot.
    var isTaken: Bool { taken != nil }

    func giveBack() {
        guard let taken else { return }
        _ = system_unlock_byte(file.number, taken)
        self.taken = nil
    }

    /// Computes a hash in a slot, and gives the slot back at once: what the request does afterwards waits for the disk, and
    /// somebody else can hash meanwhile. In a rush it keeps the slot, so that somebody stays at the door.
    func hashing<Result>(_ body: () -> Result) -> Result {
        takeAgain()
        defer { if !isRush { giveBack() } }
        // Everybody else has something short to do, and a hash that has begun would keep him waiting for milliseconds.
        system_set_slice(Self.slice)
        defer { system_set_slice(0) }
        return body()
    }

    /// A request came with a slot; for a second hash it waits, but no longer than people do.
    private func takeAgain() {
        let deadline = Monotonic.now + Self.patience
        while taken == nil, !take(for: .device), Monotonic.now < deadline { usleep(Self.interval) }
    }

    /// In milliseconds.
    private static let patience: Int64 = 1000
    /// In microseconds.
    private static let interval: UInt32 = 2000
    /// The longest that the kernel allows, in nanoseconds.
    private static let slice: UInt64 = 100_000_000

    /// Lets the other workers know who waits here, if anybody.
    func ring(for guest: Guest?) {
        guard guest != rung else { return }
        if let rung { _ = system_unlock_byte(file.number, rung.bell) }
        if let guest { _ = system_lock_byte(file.number, guest.bell, 1) }
        rung = guest
    }

    /// Lets the other workers know of a rush here, or that it is over.
    func alarm(_ isOn: Bool) {
        guard isOn != isLoud else { return }
        if isOn {
            _ = system_lock_byte(file.number, Self.siren, 1)
        } else {
            _ = system_unlock_byte(file.number, Self.siren)
        }
        isLoud = isOn
    }

    /// Whether another worker is in a rush.
    var isAlarmed: Bool { system_is_byte_locked(file.number, Self.siren) != 0 }

    /// Whether any worker is in a rush.
    var isRush: Bool { isLoud || isAlarmed }

    /// Whether such a guest waits at another worker.
    func isWaitedFor(by guest: Guest) -> Bool {
        system_is_byte_locked(file.number, guest.bell) != 0
    }
}
