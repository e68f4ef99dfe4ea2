internal import CSystem
internal import Domain
internal import Glibc

/// Waits for many descriptors at once.
struct Poller {
    enum Watch {
        /// Tells as long as there is something.
        case level
        /// Tells when something new has come.
        case edge
        /// Of many processes that wait for the same socket, wakes one.
        case exclusive
    }

    private let epoll: Descriptor
    private var ready = [Int32](repeating: -1, count: 64)

    init() throws(Failure) {
        epoll = try Descriptor(system_epoll_create(), from: "epoll_create1")
    }

    func add(_ descriptor: Descriptor, _ watch: Watch) throws(Failure) {
        let kind =
            switch watch {
            case .level: SYSTEM_WATCH_LEVEL
            case .edge: SYSTEM_WATCH_EDGE
            case .exclusive: SYSTEM_WATCH_EXCLUSIVE
            }
        guard system_epoll_add(epoll.number, descriptor.number, Int32(kind.rawValue)) == 0 else {
            throw .system("epoll_ctl", code: errno)
        }
    }

    /// Closing a descriptor does the same, unless another process has it too.
    func remove(_ descriptor: Descriptor) {
        _ = system_epoll_remove(epoll.number, descriptor.number)
    }

    /// The numbers of the descriptors that have something, at the latest at `deadline` (`Monotonic`).
    mutating func wait(until deadline: Int64?) throws(Failure) -> ArraySlice<Int32> {
        // One millisecond more: waking before the deadline would only mean waiting once again.
        let timeout = deadline.map { Int32(clamping: max(0, $0 - Monotonic.now + 1)) } ?? -1
        let count = system_epoll_wait(epoll.number, &ready, Int32(ready.count), timeout)
        guard count >= 0 else { throw .system("epoll_wait", code: errno) }
        return ready[..<Int(count)]
    }
}
