import Domain
import Persistence
import Support
import Testing

/// A COMMIT whose answer is lost either stands or does not: a link is used once, and one account begins.
@Suite struct `Registrations whose COMMIT has no answer` {
    private static let moments = [FaultProxy.Snare.Moment.beforeServer, .beforeAnswer]
    private let house = House.verifying()

    @Test(arguments: moments) func `one registration stands and one mail leaves`(
        moment: FaultProxy.Snare.Moment
    ) throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy, limits: .tests)
            try store.ping()
            #expect(try proxy.isCaught(by: .init("COMMIT", moment, .cut)) { try house.begin("ann", in: &store) })
            let root = try RootConnection(schema.root)
            for table in ["registrations", "one_time_tokens", "outbox_messages", "audit_events"] {
                #expect(try root.rows("SELECT COUNT(*) FROM \(table)") == [["1"]], "\(table)")
            }
        }
    }

    @Test(arguments: moments) func `one account begins and is signed in`(moment: FaultProxy.Snare.Moment) throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy, limits: .tests)
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let caught = try proxy.isCaught(by: .init("COMMIT", moment, .cut)) {
                let opened = try house.finish(link, browser: begun, in: &store)
                #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) != nil)
            }
            #expect(caught)
            let root = try RootConnection(schema.root)
            for (table, count) in [("users", "1"), ("sessions", "1"), ("registrations", "0"), ("audit_events", "2")] {
                #expect(try root.rows("SELECT COUNT(*) FROM \(table)") == [[count]], "\(table)")
            }
            let again = refusal { () throws(Failure) in try house.finish(link, browser: begun, in: &store) }
            #expect(again == "link_invalid")
        }
    }
}
