import Crypto
import Domain
import Support
import Testing

@testable import Persistence

@Suite struct AuditTests {
    private let ann = User.named("ann")
    private var event: AuditEvent {
        AuditEvent(
            .signedIn, by: .user, on: ann, session: SessionID(at: .test), identifier: .filled(4),
            detail: ["b": "2", "a": "x\"\\\u{1}"], from: .visitor, at: .test)
    }

    @Test func `events are numbered without a gap, also after a rollback`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.record(event)
            _ = code {
                try store.atomically { tx throws(Failure) in
                    try tx.record(event)
                    throw .defect("undone")
                }
            }
            try store.record(event)
            #expect(
                try RootConnection(schema.root).rows("SELECT sequence FROM audit_events ORDER BY 1") == [["1"], ["2"]])
        }
    }

    @Test func `a row tells nobody the address and the agent, and its subject's key does`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.record(event)
            let row = try #require(try RootConnection(schema.root).rows("SELECT * FROM audit_events").first)
            #expect(row.allSatisfy { $0?.contains("Canary") != true })
            let (id, personal) = try #require(
                try store.read("SELECT id, personal FROM audit_events").first.map { row in
                    var row = row
                    return (try row.next(AuditEventID.self), try row.next([UInt8].self))
                })
            let key = Keyring.test.personal(.auditPersonal, salt: ann.erasureSalt)
            let opened = SealedBox.open(personal, context: "audit/\(id)", key: key)
            #expect(opened == NetworkAddress.local.bytes + Array("Canary/1.0".utf8))
            #expect(try store.auditEvents().first?.detail == #"{"a":"x\"\\\u0001","b":"2"}"#)
        }
    }

    @Test func `the MAC changes with each column`() {
        let row = AuditRow(event, at: .event(incarnation: [1], sequence: 1), keyring: .test)
        var others = [AuditRow](repeating: row, count: 14)
        others[0].id = AuditEventID(at: .test)
        others[1].recordedAt = .test + .microseconds(1)
        others[2].place = .event(incarnation: [2], sequence: 1)
        others[3].place = .event(incarnation: [1], sequence: 2)
        others[4].place = .refusal(bucket: .filled(1), minute: .test)
        others[5].event += "x"
        others[6].actor = "operator"
        others[7].subject = nil
        others[8].session = nil
        others[9].identifier = nil
        others[10].request = RequestID(at: .test)
        others[11].personal[30] ^= 1
        others[12].detail = "{}"
        others[13].keyID = 1
        let macs = ([row] + others).map { $0.mac(.test) }
        #expect(!macs.contains(nil))
        #expect(Set(macs).count == 15)
    }

    @Test func `refusals of one minute are one row that counts`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            for _ in 0..<3 { try store.recordRefusal(bucket: .filled(1), event) }
            try store.recordRefusal(bucket: .filled(2), event)
            try store.settleRefusals(at: .test, all: true)
            let rows = try RootConnection(schema.root).rows(
                "SELECT repeats, minute FROM audit_refusals ORDER BY bucket")
            // 2026-02-03T04:05:00Z
            #expect(rows == [["3", "1770091500000000"], ["1", "1770091500000000"]])
        }
    }

    @Test func `a refusal whose row could not be written does not hide those after it`() throws {
        try withSchema { schema throws in
            let proxy = try FaultProxy(to: schema.server.socket)
            defer { proxy.end() }
            var store = schema.store(through: proxy, limits: .tests)
            proxy.lay(FaultProxy.Snare("UPDATE audit_refusals", .beforeServer, .cut))
            #expect(code { try store.recordRefusal(bucket: .filled(1), event) } == "database_unavailable")
            for _ in 0..<3 { try store.recordRefusal(bucket: .filled(1), event) }
            try store.settleRefusals(at: .test, all: true)
            #expect(try RootConnection(schema.root).rows("SELECT repeats FROM audit_refusals") == [["3"]])
        }
    }

    @Test func `a row that is gone is written anew with what was counted`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            for _ in 0..<3 { try store.recordRefusal(bucket: .filled(1), event) }
            let root = try RootConnection(schema.root)
            try root.run("DELETE FROM audit_refusals")
            try store.settleRefusals(at: .test, all: true)
            #expect(try root.rows("SELECT repeats, event FROM audit_refusals") == [["2", "session.signed_in"]])
        }
    }

    @Test func `counts that cannot be written are kept, and tried once a second`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            for _ in 0..<2 { try store.recordRefusal(bucket: .filled(1), event) }
            let root = try RootConnection(schema.root)
            try root.run("RENAME TABLE audit_refusals TO hidden")
            #expect(code { try store.settleRefusals(at: .test + .seconds(1)) } == "defect")
            let before = store.roundTrips
            for _ in 0..<9 { try store.settleRefusals(at: .test + .milliseconds(1900)) }
            #expect(store.roundTrips == before)
            try root.run("RENAME TABLE hidden TO audit_refusals")
            try store.settleRefusals(at: .test + .seconds(2))
            #expect(try root.rows("SELECT repeats FROM audit_refusals") == [["2"]])
        }
    }

    @Test func `a flood of refusals is written once a second, and none is lost`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            var other = schema.store()
            let before = store.roundTrips
            for step in 0..<1000 {
                let now = Instant.test + .milliseconds(3 * step)
                let event = AuditEvent(.limited, by: .anonymous, from: .visitor, at: now)
                for bucket in 1...3 { try store.recordRefusal(bucket: .filled(UInt8(bucket)), event) }
            }
            // Three buckets: an UPDATE and an INSERT each at first, then twice START, three UPDATEs, COMMIT.
            #expect(store.roundTrips - before == 3 * 2 + 2 * 5)
            try other.recordRefusal(bucket: .filled(1), event)
            try store.settleRefusals(at: .test + .seconds(60), all: true)
            let sums = try RootConnection(schema.root).rows("SELECT repeats FROM audit_refusals ORDER BY bucket")
            #expect(sums == [["1001"], ["1000"], ["1000"]])
            // The minute is over: the next one is a new row, at once.
            let later = AuditEvent(.limited, by: .anonymous, from: .visitor, at: .test + .seconds(60))
            try store.recordRefusal(bucket: .filled(1), later)
            let rows = try RootConnection(schema.root).rows("SELECT COUNT(*) FROM audit_refusals")
            #expect(rows == [["4"]])
        }
    }
}
