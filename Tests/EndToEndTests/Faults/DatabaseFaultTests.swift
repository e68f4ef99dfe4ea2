import Foundation
import Support
import Testing

/// Reliability R4 to R8: what clients see while the database is restarted, killed, hung, slow, cut off or full.
@Suite(.serialized) struct DatabaseFaultTests {
    @Test
    func `a database that is restarted, killed in commits or hangs costs refusals, and nothing that was acknowledged`()
        throws
    {
        let fault = try DatabaseFault()
        let restarted = try fault.judge("restarted") {
            fault.server.stop()
            pause(seconds: 1)
            fault.server.start()
        }
        #expect(!restarted.failures.isEmpty)

        let kills = Int(Chaos.every(2, long: 20))
        let caught = fault.proxy.counts.caught
        let workers = fault.before.processes(of: "web").union(fault.before.processes(of: "login"))
        let killed = try fault.judge("killed in commits", times: kills) {
            for number in 0..<kills {
                // Every second one is undone, and every second one stands without anybody being told.
                let moment = number.isMultiple(of: 2) ? FaultProxy.Snare.Moment.beforeServer : .beforeAnswer
                #expect(fault.proxy.isCaught(by: .init("COMMIT", moment, .hold).of(workers)) {})
                fault.server.kill()
                // What is held is lost, and goes on to nobody.
                fault.proxy.weather = .refusing
                fault.server.start()
                fault.proxy.weather = .fair
                pause(seconds: 0.7)
            }
        }
        #expect(fault.proxy.counts.caught - caught == kills)
        #expect(!killed.failures.isEmpty)

        var hung: (from: ContinuousClock.Instant, to: ContinuousClock.Instant) = (.now, .now)
        let log = try fault.judge("hung") {
            fault.server.suspend()
            hung.from = .now
            pause(seconds: Chaos.every(4, long: 30))
            hung.to = .now
            fault.server.resume()
        }
        // The circuit opens within two seconds: from then on hardly anybody waits for the database.
        let later = log.entries.filter { $0.start > hung.from + .seconds(2) && $0.start < hung.to - .milliseconds(200) }
        let slow = later.filter { $0.duration > .milliseconds(500) }
        #expect(slow.count * 5 < later.count, "\(slow)")
        #expect(!log.failures.isEmpty)
    }

    @Test func `a slow, torn or silent way to the database costs refusals, and nothing that was acknowledged`() throws {
        let fault = try DatabaseFault()
        let slow = try fault.judge("50 ms slower") {
            fault.proxy.weather = .slow(toClient: .milliseconds(50))
            pause(seconds: Chaos.seconds)
            fault.proxy.weather = .fair
        }
        // Most of it works: a sign-in takes nine statements.
        #expect(slow.failures.count < slow.entries.count / 2)

        _ = try fault.judge("torn", recovery: .seconds(1)) {
            fault.proxy.weather = .stormy(oneIn: 10)
            pause(seconds: Chaos.seconds)
            fault.proxy.weather = .fair
        }
        #expect(fault.proxy.counts.resets > 20)

        // Whoever waits for a connection that says nothing has another one within four seconds.
        _ = try fault.judge("silent", recovery: .seconds(5)) {
            fault.proxy.weather = .silent
            pause(seconds: Chaos.seconds)
            fault.proxy.weather = .fair
        }
        #expect(fault.proxy.counts.swallowed > 0)
        // One for each worker, and none that was forgotten.
        #expect(eventually { fault.proxy.counts.open <= fault.before.workers.count })
    }

    @Test func `half a second's delay leaves the check working and a sign-in whole or undone`() throws {
        let fault = try DatabaseFault()
        let log = try fault.judge(
            "500 ms slower", plan: LoadPlan(connections: 4, rate: 3, mix: .standard), recovery: .seconds(3)
        ) {
            fault.proxy.weather = .slow(toClient: .milliseconds(500))
            pause(seconds: Chaos.every(6, long: Chaos.seconds))
            fault.proxy.weather = .fair
        }
        let checks = log.entries.filter { $0.kind == .check }
        #expect(checks.count { $0.isFailure } * 2 < checks.count)
    }
}
