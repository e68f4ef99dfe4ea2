internal import Domain
internal import Logging

/// Tells once that the clock is wrong, and once that it is right again, for work that waits for it meanwhile.
struct ClockWatch {
    private let log: Logger
    /// What this machine does not do meanwhile.
    private let loss: String
    /// Rounds in which nothing was done.
    private var skipped = 0

    init(log: Logger, loss: String) {
        self.log = log
        self.loss = loss
    }

    /// - Parameter error: how far the clock is ahead of the database's when that is too far.
    mutating func note(_ error: Duration?) {
        if let error {
            if skipped == 0 {
                log.error(
                    """
                    the clocks of this machine and of the database disagree, so it \(loss): look with \
                    `timedatectl` which of them is wrong, and set it
                    """,
                    metadata: ["seconds_ahead": "\(error.components.seconds)"])
            }
            skipped += 1
        } else if skipped > 0 {
            log.notice(
                "the clocks of this machine and of the database agree again",
                metadata: ["rounds_left_out": "\(skipped)"])
            skipped = 0
        }
    }
}
