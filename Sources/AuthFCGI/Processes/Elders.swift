internal import Domain
internal import Logging

/// What the workers counted that are no more, for each pool. It goes from one program to the next at a reload, so that
/// no count ever falls.
final class Elders {
    private var scoreboards: [Pool: Scoreboard] = [:]
    /// Seconds since 1970: since then is counted.
    let since: Int64

    /// - Parameter now: in seconds since 1970, when nothing was counted before.
    init(inheriting inherited: [Handover.Elder], at now: Int64) {
        since = inherited.map(\.since).min() ?? now
        for pool in Pool.allCases {
            // Without memory for it nothing is counted; that is no reason to serve nobody.
            guard let scoreboard = try? Scoreboard() else { continue }
            scoreboard.describe()
            scoreboards[pool] = scoreboard
        }
        // Copied, because the layout may have been another one.
        for elder in inherited {
            guard let old = try? Scoreboard(Descriptor(adopting: elder.scoreboard)) else { continue }
            take(old, of: elder.pool)
        }
    }

    /// Keeps what a worker counted that has ended.
    func take(_ scoreboard: Scoreboard, of pool: Pool) {
        scoreboards[pool]?.take(scoreboard)
    }

    func noteRestart(of pool: Pool) {
        scoreboards[pool]?.add(at: Self.restarts.position(row: 0))
    }

    private static let restarts = Counters(.restarts)

    func counts(of pool: Pool) -> [UInt64] { scoreboards[pool]?.counts ?? [] }

    var handover: [Handover.Elder] {
        scoreboards.map { Handover.Elder(pool: $0, scoreboard: $1.descriptor.number, since: since) }
    }
}
