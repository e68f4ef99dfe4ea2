import Domain
import Synchronization

/// A ledger that a test reads, or that cannot be written.
final class NotedErasures: ErasureLedger {
    private let noted = Mutex<[Erasure]>([])
    private let isBroken: Bool

    init(broken: Bool = false) {
        isBroken = broken
    }

    func note(_ erasure: Erasure) throws(Failure) {
        if isBroken { throw .defect("the ledger is full") }
        noted.withLock { $0.append(erasure) }
    }

    var all: [Erasure] { noted.withLock { $0 } }
}
