import Domain
import Foundation
import Persistence
import Support
import Synchronization
import Testing

@Suite struct BudgetTests {
    private let budget = Budget(burst: 3, every: .seconds(10))

    @Test func `a bucket gives its burst and then one each interval`() throws {
        try withStore { store throws in
            let spending = [Spending(bucket: .filled(1), budget: budget)]
            for _ in 0..<3 { #expect(try store.spend(spending, at: .test) == nil) }
            #expect(try store.spend(spending, at: .test) == .seconds(10))
            #expect(try store.spend(spending, at: .test + .seconds(4)) == .seconds(6))
            #expect(try store.spend(spending, at: .test + .seconds(10)) == nil)
            #expect(try store.spend(spending, at: .test + .seconds(10)) == .seconds(10))
            #expect(try store.spend(spending, at: .test + .seconds(1000)) == nil)
        }
    }

    @Test func `several buckets take one statement, and the longest wait counts`() throws {
        try withStore { store throws in
            let slow = Spending(bucket: .filled(9), budget: Budget(burst: 1, every: .seconds(60)))
            let fast = Spending(bucket: .filled(1), budget: Budget(burst: 1, every: .seconds(5)))
            let wide = Spending(bucket: .filled(5), budget: Budget(burst: 2, every: .seconds(600)))
            let before = store.roundTrips
            #expect(try store.spend([slow, fast, wide], at: .test) == nil)
            #expect(store.roundTrips == before + 1)
            #expect(try store.spend([slow, fast, wide], at: .test) == .seconds(60))
            #expect(try store.spend([fast, wide], at: .test) == .seconds(600))
        }
    }

    @Test func `of two hundred spenders at once exactly the burst passes, and the next server knows it`() throws {
        let server = TestServer(isDurable: true)
        let schema = try TestSchema(on: server)
        let passed = Mutex(0)
        let failures = Mutex<[String]>([])
        let wide = Budget(burst: 17, every: .seconds(3600))
        let spendings = [7, 3, 5].map { Spending(bucket: .filled($0), budget: wide) }
        let threads = (0..<200).map { index in
            let thread = Thread {
                var store = schema.store()
                let own = index.isMultiple(of: 2) ? spendings : spendings.reversed()
                // The server's queue is shorter than two hundred.
                _ = eventually(within: 20) { (try? store.ping()) != nil }
                do {
                    if try store.spend(own, at: .test) == nil { passed.withLock { $0 += 1 } }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            thread.start()
            return thread
        }
        while threads.contains(where: { !$0.isFinished }) { usleep(5000) }
        #expect(failures.withLock { $0 } == [])
        #expect(passed.withLock { $0 } == 17)
        server.kill()
        server.start()
        var store = schema.store()
        #expect(try store.spend(spendings, at: .test) == .seconds(3600))
    }
}
