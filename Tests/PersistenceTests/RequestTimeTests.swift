import Foundation
import Persistence
import Support
import Testing

/// A request's statements have their time together; what is done between them does not count.
@Suite struct RequestTimeTests {
    @Test func `statements that are each quick enough are refused when their time together is over`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            let limits = DatabaseLimits(
                wait: 20, statement: .seconds(20), operation: .seconds(20), request: .seconds(2))
            var store = schema.store(through: proxy, limits: limits)
            try store.ping()
            proxy.weather = .slow(toClient: .milliseconds(200))
            store.beginRequest(after: .seconds(1))
            usleep(1_500_000)
            var answered = 0
            while answered < 20, code(of: { try store.ping() }) == nil { answered += 1 }
            // One second is left, of which each takes a fifth and a little more.
            #expect((1...4).contains(answered))
            store.beginRequest(after: .zero)
            try store.ping()
        }
    }
}
