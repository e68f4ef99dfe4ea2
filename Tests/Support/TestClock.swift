package import Domain
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class TestClock: Clock {
    private let time: Mutex<Instant>

    /// 2026-02-03T04:05:06Z unless a test says otherwise.
    package init(_ start: Instant = .test) {
        time = Mutex(start)
    }

    package func now() -> Instant { time.withLock { $0 } }

    package func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }

    package func set(_ instant: Instant) {
        time.withLock { $0 = instant }
    }
}

extension Instant {
    /// 2026-02-03T04:05:06.000000Z
    package static let test = Instant(seconds: 1_770_091_506)
}
