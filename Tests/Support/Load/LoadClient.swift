internal import Foundation
internal import Synchronization

/// Sends mixed traffic to a web server on this machine from threads of its own, and writes down what became of it.
///
/// Requests are due at a steady rate, whatever becomes of those before: a server that hangs is not spared.
package final class LoadClient: Sendable {
    private let plan: LoadPlan
    private let mark: String
    private let crew: Crew
    private let begin: Mutex<ContinuousClock.Instant> = Mutex(.now)
    private let entries = Mutex<[LoadEntry]>([])
    private let tickets = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    private let running = DispatchGroup()
    private static let runs = Atomic<Int>(0)

    /// Each visitor belongs to one thread once the load runs.
    private struct Crew: @unchecked Sendable {
        let visitors: [LoadVisitor]
    }

    /// Makes the accounts that the load needs; the service must be well.
    package init(port: Int, plan: LoadPlan = LoadPlan()) throws {
        let mark = "l\(Self.runs.wrappingAdd(1, ordering: .relaxed).newValue)n"
        self.mark = mark
        self.plan = plan
        crew = Crew(
            visitors: (0..<plan.connections).map { LoadVisitor(number: $0, port: port, plan: plan, mark: mark) })
        for visitor in crew.visitors { try visitor.settle(plan.peoplePerConnection) }
    }

    package func start() {
        begin.withLock { $0 = .now }
        for index in crew.visitors.indices {
            running.enter()
            let thread = Thread { [self] in
                run(crew.visitors[index])
                running.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Ends the load after the requests that are on their way.
    package func stop() -> LoadLog {
        isOver.store(true, ordering: .relaxed)
        running.wait()
        return LoadLog(
            begin: begin.withLock(\.self), end: .now, entries: entries.withLock(\.self), mark: mark,
            people: crew.visitors.flatMap(\.people), reconnects: crew.visitors.map(\.reconnects).reduce(0, +))
    }

    /// The log of the time in which something is done.
    package func run(while body: () throws -> Void) rethrows -> LoadLog {
        start()
        do {
            try body()
        } catch {
            _ = stop()
            throw error
        }
        return stop()
    }

    private func run(_ visitor: LoadVisitor) {
        let begin = begin.withLock(\.self)
        while true {
            let ticket = tickets.wrappingAdd(1, ordering: .relaxed).oldValue
            let due = plan.rate.map { begin + .seconds(Double(ticket) / $0) } ?? .now
            while ContinuousClock.now < due {
                guard !isOver.load(ordering: .relaxed) else { return }
                let left = (due - .now).milliseconds
                if left > 0 { usleep(UInt32(min(left, 50) * 1000)) }
            }
            guard !isOver.load(ordering: .relaxed) else { return }
            let entry = visitor.act(plan.mix, due: due)
            entries.withLock { $0.append(entry) }
        }
    }
}
