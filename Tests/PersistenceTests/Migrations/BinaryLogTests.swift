import Domain
import Persistence
import Support
import Testing

/// A server that other servers copy from takes functions that change rows only of a certain form, and triggers only of root.
@Suite struct BinaryLogTests {
    @Test(arguments: ["MIXED", "ROW"])
    func `the schema and its routines work on a server that writes a binary log`(format: String) throws {
        let server = TestServer(options: ["--log-bin=log", "--server-id=1", "--binlog-format=\(format)"])
        defer { server.stop() }
        let schema = try TestSchema(on: server)
        let migrator = try RootConnection(schema.migratorAccount)
        #expect(throws: (any Error).self) {
            try migrator.run("CREATE TRIGGER own BEFORE INSERT ON users FOR EACH ROW SET NEW.role = 'admin'")
        }
        var store = schema.store()
        try store.lookAtTriggers(at: .test)
        let ann = User.named("ann")
        try store.atomically { tx throws(Failure) in
            _ = try tx.insert(ann)
            #expect(try tx.createPassword(.filled(1), of: ann.id))
        }
        #expect(try store.replacePassword(of: ann.id, current: .filled(1), with: .filled(2), at: .test))
        try store.insert(.of(ann, 1))
        try store.setDisabled(true, ann.id, at: .test)
        #expect(try store.identity(withDigest: .filled(1))?.isActive == false)
        store.noteUse(of: .filled(1), at: .test + .minutes(2), idleUntil: .test + .days(1))
        try store.settleUses(at: .test + .minutes(2), all: true)
        #expect(try store.identity(withDigest: .filled(1))?.use.lastUsedAt == .test + .minutes(2))
        _ = try store.removeAuditRows(before: .test, limit: 10)
        try store.dropPassword(of: ann.id)
        #expect(try store.deleteUser(ann))
        #expect(try store.identity(withDigest: .filled(1)) == nil)
    }
}
