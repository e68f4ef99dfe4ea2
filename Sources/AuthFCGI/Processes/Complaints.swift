internal import Logging

/// Warnings that a peer can provoke: one line a second at most, which says how many were left out.
struct Complaints {
    private let log: Logger
    private var next: Int64 = 0
    private var leftOut = 0

    init(log: Logger) {
        self.log = log
    }

    mutating func note(_ complaint: String) {
        let now = Monotonic.now
        guard now >= next else {
            leftOut += 1
            return
        }
        log.warning("\(complaint)", metadata: leftOut == 0 ? nil : ["left_out": "\(leftOut)"])
        next = now + 1000
        leftOut = 0
    }
}
