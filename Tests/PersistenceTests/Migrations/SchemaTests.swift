import Foundation
import Persistence
import Support
import Testing

/// `sql/schema.sql` shows what the migrations come to. `AUTHFCGI_WRITE_SCHEMA=1 swift test --filter SchemaTests` writes it.
@Suite struct SchemaTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "sql/schema.sql")

    @Test func `the schema in sql is the migrated one`() throws {
        let schema = try TestSchema.reading()
        let root = try RootConnection(schema.root)
        var text = "-- Generated from the migrations; a test keeps it true. Change the schema by a new migration.\n"
        for table in try root.rows("SHOW TABLES").compactMap(\.first).compactMap(\.self).sorted() {
            let statement = try #require(try root.rows("SHOW CREATE TABLE \(table)").first?[1])
            text += "\n" + statement.replacing(/\ AUTO_INCREMENT=\d+/, with: "") + ";\n"
        }
        for trigger in try root.rows("SHOW TRIGGERS").map({ $0.map { $0 ?? "" } }).sorted(by: { $0[0] < $1[0] }) {
            let body = trigger[3].replacing("`\(schema.name)`.", with: "")
            let (name, event, table, time) = (trigger[0], trigger[1], trigger[2], trigger[4])
            text += "\nCREATE TRIGGER \(name) \(time) \(event) ON \(table) FOR EACH ROW\n\(body);\n"
        }
        if ProcessInfo.processInfo.environment["AUTHFCGI_WRITE_SCHEMA"] != nil {
            try text.write(to: SchemaTests.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: SchemaTests.file, encoding: .utf8) == text)
    }

    @Test func `each account has the rights that it needs and no other`() throws {
        let schema = try TestSchema.reading()
        let root = try RootConnection(schema.root)
        func grants(_ suffix: String) throws -> Set<String> {
            let rows = try root.rows("SHOW GRANTS FOR '\(schema.name)\(suffix)'@'localhost'")
            return Set(
                rows.compactMap { row in
                    row[0]?.replacing(/\ TO .*/, with: "").replacing("`\(schema.name)`.", with: "")
                        .replacing(/\([^)]*\)/, with: "()")
                })
        }
        let functions = Set(
            [
                "password_create", "password_matches", "password_parameters", "password_replace", "password_reset",
                "password_drop", "registration_password_create", "user_erase", "audit_expire",
                "identity_triggers_stand",
            ].map { "GRANT EXECUTE ON FUNCTION `\($0)`" })
        #expect(try grants("_migrator") == ["GRANT ALL PRIVILEGES ON *", "GRANT USAGE ON *.*"])
        #expect(
            try grants("_owner")
                == functions.union([
                    "GRANT SELECT (), DELETE, TRIGGER ON `users`",
                    "GRANT SELECT (), UPDATE (), TRIGGER ON `sessions`",
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON `password_hashes`",
                    "GRANT SELECT () ON `registrations`", "GRANT SELECT, UPDATE () ON `one_time_tokens`",
                    "GRANT SELECT, DELETE ON `audit_events`", "GRANT SELECT, DELETE ON `audit_refusals`",
                    "GRANT USAGE ON *.*",
                ]))
        let expected = functions.union([
            "GRANT SELECT ON `schema_migrations`",
            "GRANT SELECT, INSERT ON `audit_events`",
            "GRANT SELECT, INSERT (), UPDATE () ON `users`",
            "GRANT SELECT, INSERT (), DELETE ON `registrations`",
            "GRANT SELECT, INSERT, UPDATE (), DELETE ON `one_time_tokens`",
            "GRANT SELECT, INSERT, UPDATE (), DELETE ON `outbox_messages`",
            "GRANT SELECT, INSERT, UPDATE (), DELETE ON `sessions`",
            "GRANT SELECT, INSERT, UPDATE () ON `audit_refusals`",
            "GRANT SELECT, INSERT, UPDATE () ON `usernames`",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON `budgets`",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON `known_networks`",
            "GRANT USAGE ON *.*",
        ])
        #expect(try grants("").symmetricDifference(expected) == [])
    }
}
