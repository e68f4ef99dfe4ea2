import Support
import Testing

@testable import Domain

@Suite struct BudgetWaitTests {
    private let now = Instant(seconds: 1_800_000_000)

    /// Three at once, then one each ten seconds: a bucket that is full again in up to 20 seconds has something to give.
    @Test(arguments: [
        (-100, nil), (0, nil), (10, nil), (20, nil), (21, 1), (29, 9), (30, 10), (31, 10), (86_400, 10),
    ])
    func `a bucket gives until it is empty`(secondsToFull: Int, wait: Int?) {
        let budget = Budget(burst: 3, every: .seconds(10))
        #expect(budget.wait(until: now + .seconds(secondsToFull), at: now) == wait.map { .seconds($0) })
        #expect(budget.isBeyond(now + .seconds(secondsToFull), at: now) == (secondsToFull > 30))
    }
}
