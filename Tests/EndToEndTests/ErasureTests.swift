import Foundation
import JSON
import Support
import Testing

/// Erasing, bringing back a backup, and erasing again, by the commands and the janitor of a running service.
@Suite struct ErasureTests {
    /// Ann and Bob, made by commands.
    private func peopled(settings: String = OwnService.cheapSettings) throws -> OwnService {
        let own = try OwnService(settings: settings)
        for name in ["ann", "bob"] {
            let made = try command(
                own, "create", "--email", "\(name)@example.org", "--username", name, "--verified",
                input: "a heron stands in cold water\n")
            #expect(made.status == 0, "\(made.errors)")
        }
        return own
    }

    private func command(
        _ own: OwnService, _ words: String..., input: String = ""
    ) throws -> Command.Result {
        let service = own.service
        return try Command(
            service.environment + [service.program, "user", words[0], "--config", service.settings] + words.dropFirst()
        )
        .run(input: input)
    }

    private func users(_ root: RootConnection) throws -> [String?] {
        try root.rows("SELECT username FROM users ORDER BY username").map { $0[0] }
    }

    /// Keeps everything there is, as a backup does.
    private func backUp(_ root: RootConnection) throws {
        for table in ["users", "usernames", "password_hashes"] {
            try root.run("CREATE TABLE kept_\(table) AS SELECT * FROM \(table)")
        }
    }

    private func putBack(_ root: RootConnection) throws {
        for table in ["users", "usernames", "password_hashes"] {
            try root.run("DELETE FROM \(table)")
            try root.run("INSERT INTO \(table) SELECT * FROM kept_\(table)")
        }
    }

    @Test func `who was erased is erased again after a backup was put back, and a forged line erases nobody`() throws {
        let own = try peopled()
        let root = try RootConnection(own.root)
        try backUp(root)
        let ledger = own.directory + "/erasures"
        #expect(try command(own, "erase", "ann@example.org", "--reason", "gdpr", input: "no\n").status == 1)
        #expect(try users(root) == ["ann", "bob"])
        #expect(try command(own, "erase", "ann@example.org", "--reason", "boredom").status == 64)
        #expect(try command(own, "erase", "ann@example.org", "--reason", "deleted").status == 64)
        let erased = try command(own, "erase", "ann@example.org", "--reason", "gdpr", input: "yes\n")
        #expect(erased.status == 0 && erased.output.hasSuffix(" is erased\n"), "\(erased.errors)")
        #expect(try users(root) == ["bob"])
        try putBack(root)
        #expect(try users(root) == ["ann", "bob"])
        // Somebody who can write the file wants Bob to go too.
        let line = try String(contentsOfFile: ledger, encoding: .utf8)
        let ann = try #require(line.split(separator: " ").first.map(String.init))
        let rows = try root.rows("SELECT LOWER(HEX(id)) FROM users WHERE username = 'bob'")
        let bob = try #require(rows[0][0])
        let forged = line.replacing(ann, with: hyphenated(bob))
        try (forged + line).write(toFile: ledger, atomically: true, encoding: .utf8)
        let replay = try command(own, "replay-erasures")
        #expect(replay.status == 1)
        #expect(replay.errors.contains("line 1 was changed, or written by somebody else"))
        #expect(
            replay.output
                == "\(ann) is erased once more\n"
                + "erased once more: 1, not there: 0, to be looked at: 0, lines that are not followed: 1\n")
        #expect(try users(root) == ["bob"])
        try line.write(toFile: ledger, atomically: true, encoding: .utf8)
        let again = try command(own, "replay-erasures")
        #expect(again.status == 0)
        #expect(
            again.output.hasSuffix(
                "erased once more: 0, not there: 1, to be looked at: 0, lines that are not followed: 0\n"))
        #expect(try users(root) == ["bob"])
    }

    private func hyphenated(_ hex: String) -> String {
        var text = hex
        for place in [8, 13, 18, 23] { text.insert("-", at: text.index(text.startIndex, offsetBy: place)) }
        return text
    }

    @Test func `nobody is erased where it cannot be written down`() throws {
        let own = try peopled(
            settings: OwnService.cheapSettings + "accounts = { erasure_ledger = \"/nonexistent/erasures\"; };")
        let erased = try command(own, "erase", "ann", "--reason", "spam", "--yes")
        #expect(erased.status == 1)
        #expect(erased.errors.contains("/nonexistent/erasures cannot be written, so nobody is erased"))
        #expect(try users(try RootConnection(own.root)) == ["ann", "bob"])
    }

    @Test func `an operator restores and exports`() throws {
        let own = try peopled()
        let root = try RootConnection(own.root)
        #expect(try command(own, "restore", "ann").errors.contains("is not deleted"))
        try root.run("UPDATE users SET deleted_at = UTC_TIMESTAMP(6) - INTERVAL 29 DAY WHERE username = 'ann'")
        #expect(try command(own, "restore", "ann").status == 0)
        #expect(try root.rows("SELECT deleted_at FROM users WHERE username = 'ann'") == [[nil]])
        try root.run("UPDATE users SET deleted_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY WHERE username = 'ann'")
        #expect(try command(own, "restore", "ann").errors.contains("it is too late"))
        let exported = try command(own, "export", "ann")
        let json = try JSONValue.parse(Array(exported.output.utf8))
        #expect(json["user"]?["email"] == "ann@example.org")
        guard case .array(let events)? = json["events"] else {
            Issue.record("no events")
            return
        }
        #expect(events.map { $0["event"] } == ["user.created_by_operator", "user.restored"])
        #expect(try root.rows("SELECT event FROM audit_events ORDER BY id DESC LIMIT 1") == [["user.exported"]])
    }

    @Test func `the janitor of a running service erases, counts, and is replaced when he is killed`() throws {
        let own = try peopled()
        let root = try RootConnection(own.root)
        try root.run("UPDATE users SET deleted_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY WHERE username = 'ann'")
        try own.start()
        #expect(try eventually { try users(root) == ["bob"] })
        let ledger = try String(contentsOfFile: own.directory + "/erasures", encoding: .utf8)
        #expect(ledger.split(separator: "\n").count == 1 && ledger.contains(" deleted "))
        #expect(try root.rows("SELECT actor FROM audit_events WHERE event = 'user.erased'") == [["janitor"]])
        let janitor = try #require(try own.service.status().processes(of: "janitor").first)
        try root.run("UPDATE users SET deleted_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY WHERE username = 'bob'")
        kill(janitor, SIGKILL)
        #expect(try eventually { try users(root) == [] })
        #expect(try own.service.settledStatus().processes(of: "janitor").count == 1)
    }
}
