internal import CSystem
internal import Domain
internal import Glibc

/// The right to hash a password, shared by all login workers of the machine, those of an old generation included (ADR 18).
///
/// There is one slot fewer than there are workers, so that one of them is always free to answer. A slot is a byte of a
/// file, taken by locking it: the kernel gives back what a process had that died.
final class HashSlots {
    /// Who waits for a slot, in the order in which slots are given.
    enum Guest: Int64, CaseIterable {
        /// Somebody whose browser has signed in before.
        case device
        case stranger

        /// Beyond every slot: a worker where such a guest waits has a lock on this byte.
        fileprivate var bell: Int64 { 1 << 20 + rawValue }
    }

    private let file: Descriptor
    private var taken: Int64?
    private var rung: Guest?

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

    func giveBack() {
        guard let taken else { return }
        _ = system_unlock_byte(file.number, taken)
        self.taken = nil
    }

    /// Lets the other workers know who waits here, if anybody.
    func ring(for guest: Guest?) {
        guard guest != rung else { return }
        if let rung { _ = system_unlock_byte(file.number, rung.bell) }
        if let guest { _ = system_lock_byte(file.number, guest.bell, 1) }
        rung = guest
    }

    /// Whether such a guest waits at another worker.
    func isWaitedFor(by guest: Guest) -> Bool {
        system_is_byte_locked(file.number, guest.bell) != 0
    }
}
