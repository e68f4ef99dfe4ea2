internal import Glibc

/// Connections whose request has not arrived yet, or whose peer has not gone yet: few, and not for long.
struct PendingConnections {
    enum Waiting {
        /// For the rest of the request.
        case forRequest
        /// For the peer to have sent what nobody reads, so that it sees its answer and not a reset.
        case forEnd
    }

    private struct Entry {
        let connection: Descriptor
        let waiting: Waiting
        let deadline: Int64
        /// Counts up: many come within one millisecond.
        let serial: Int
    }

    /// Milliseconds from the connect to the end of the request.
    static let patience: Int64 = 2000

    private let capacity: Int
    private var entries: [Int32: Entry] = [:]
    private var kept = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { entries.isEmpty }
    var nextDeadline: Int64? { entries.values.lazy.map(\.deadline).min() }

    /// Whether somebody came so many milliseconds ago at most, whose request must be on its way.
    func hasNewcomer(since age: Int64, now: Int64) -> Bool {
        entries.values.contains { $0.waiting == .forRequest && $0.deadline - Self.patience >= now - age }
    }

    func contains(_ connection: Descriptor) -> Bool { entries[connection.number] != nil }

    /// Keeps a connection; the oldest goes when there are too many.
    mutating func keep(_ connection: Descriptor, _ waiting: Waiting, now: Int64) {
        if entries.count >= capacity { dropOldest() }
        kept &+= 1
        entries[connection.number] = Entry(
            connection: connection, waiting: waiting, deadline: now + Self.patience, serial: kept)
    }

    subscript(number: Int32) -> (connection: Descriptor, waiting: Waiting)? {
        entries[number].map { ($0.connection, $0.waiting) }
    }

    mutating func forget(_ connection: Descriptor) {
        entries[connection.number] = nil
    }

    mutating func dropOldest() {
        if let oldest = entries.min(by: { $0.value.serial < $1.value.serial }) { entries[oldest.key] = nil }
    }

    mutating func dropExpired(now: Int64) {
        guard let next = nextDeadline, next <= now else { return }
        entries = entries.filter { $0.value.deadline > now }
    }
}
