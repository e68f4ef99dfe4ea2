import Crypto
import Domain
import Support
import Testing

@testable import Persistence

/// Whatever is stored about a person he can get: no column is forgotten, those of later migrations neither.
@Suite struct ExportTests {
    /// What is not shown, and why.
    private static let exceptions: [String: String] = [
        "users.email_key": "the address in the spelling in which it is compared",
        "users.erasure_salt": "a key",
        "users.inserted_at": "created_at by the clock of the database",
        "sessions.token_hash": "a credential",
        "sessions.identity_is_active": "a copy of what users tells: disabled_at, deleted_at",
        "sessions.identity_email": "a copy of users.email",
        "sessions.identity_is_verified": "a copy of what users.email_verified_at tells",
        "sessions.identity_username": "a copy of users.username",
        "sessions.identity_name": "a copy of users.name",
        "sessions.identity_role": "a copy of users.role",
        "known_networks.network": "a MAC that says nothing without our key",
        "one_time_tokens.token_hash": "a credential",
        "one_time_tokens.email_key": "the address in the spelling in which it is compared",
        "outbox_messages.payload": "sealed: secrets of links, and what the events tell as well",
        "audit_events.incarnation": "the run of a worker",
        "audit_events.sequence": "the number in that run",
        "audit_events.identifier_mac": "a MAC that says nothing without our key",
        "audit_events.key_id": "the number of our key",
        "audit_events.mac": "a MAC over the others",
        "registrations.email_key": "the address in the spelling in which it is compared",
        "registrations.browser_hash": "a credential",
        "registrations.erasure_salt": "a key",
        "registrations.inserted_at": "created_at by the clock of the database",
        "password_hashes.user_id": "the id of the user",
        "password_hashes.salt": "what the digest is made with",
        "password_hashes.digest": "a credential",
        "password_hashes.pepper_id": "the number of our key",
        "password_hashes.changed_at": "out of reach; user.password_changed_at tells it",
    ]

    /// Tables that are about nobody, and why.
    private static let tablesOfNobody: [String: String] = [
        "audit_refusals": "refusals beyond limits, before anybody is known: subject and session are NULL",
        "budgets": "counters under MACs that say nothing without our key",
        "schema_migrations": "the schema",
    ]

    @Test func `every column of the schema is shown, or is an exception with a reason`() throws {
        let root = try RootConnection(TestSchema.reading().root)
        let rows = try root.rows(
            "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()")
        var columns: Set<String> = []
        for row in rows {
            let (table, column) = (row[0] ?? "", row[1] ?? "")
            if Self.tablesOfNobody[table] == nil { columns.insert("\(table).\(column)") }
        }
        #expect(columns.count > 80)
        let shown = Set(ExportTable.map.keys)
        let exceptions = Set(Self.exceptions.keys)
        #expect(
            columns.subtracting(shown).subtracting(exceptions).sorted() == [], "say why it is not shown, or show it")
        #expect(shown.union(exceptions).subtracting(columns).sorted() == [], "there is no such column")
        #expect(shown.intersection(exceptions).sorted() == [])
        #expect(Set(Self.tablesOfNobody.keys).subtracting(rows.compactMap { $0[0] }).sorted() == [])
    }

    /// Refusals name nobody: what the exception above says.
    @Test func `a counted refusal is about nobody`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.recordRefusal(
                bucket: .filled(1), AuditEvent(.limited, by: .anonymous, from: .visitor, at: .test))
            let root = try RootConnection(schema.root)
            #expect(try root.rows("SELECT subject_id, session_id FROM audit_refusals") == [[nil, nil]])
        }
    }

    private static let id = UserID(trusted: Array("0123456789abcdef".utf8))
    private static let idText = "30313233-3435-3637-3839-616263646566"

    /// Minutes after 2026-02-03T04:00:00Z: no time stands twice.
    private static func time(_ minutes: Int) -> Instant { Instant(seconds: 1_770_091_200 + Int64(minutes) * 60) }

    private static func sql(_ minutes: Int) -> String {
        "'2026-02-03 04:00:00' + INTERVAL \(minutes) MINUTE"
    }

    /// Every member, and what stands there after `fill`: written by hand.
    private static let expected: [String: PersonalExport.Value] = [
        "user.id": .text(idText), "user.legacy_id": .number(4711), "user.email": .text("Ann@example.org"),
        "user.email_verified_at": .time(time(1)), "user.username": .text("ann1"), "user.name": .text("Ann One"),
        "user.picture": .text("https://example.org/ann.png"), "user.role": .text("editor"),
        "user.created_at": .time(time(2)), "user.updated_at": .time(time(3)),
        "user.password_changed_at": .time(time(4)), "user.last_sign_in_at": .time(time(5)),
        "user.disabled_at": .time(time(6)), "user.deleted_at": .time(time(7)),
        "password.iterations": .number(7), "password.memory": .number(65_432),
        "usernames.name": .text("ann0"), "usernames.claimed_at": .time(time(10)),
        "usernames.released_at": .time(time(11)),
        "sessions.id": .text("61000000-0000-0000-0000-000000000001"), "sessions.carrier": .text("token"),
        "sessions.is_remembered": .flag(true), "sessions.methods": .text("pwd otp"),
        "sessions.authenticated_at": .time(time(20)), "sessions.confirmed_at": .time(time(21)),
        "sessions.created_at": .time(time(22)), "sessions.last_used_at": .time(time(23)),
        "sessions.idle_until": .time(time(24)), "sessions.expires_at": .time(time(25)),
        "sessions.address": .address(.local), "sessions.user_agent": .text("Agent/1"),
        "known_networks.signed_in_at": .time(time(30)),
        "links.purpose": .text("undo_email"), "links.email": .text("former@example.org"),
        "links.event": .text("email.changed"), "links.event_at": .time(time(40)), "links.created_at": .time(time(41)),
        "links.expires_at": .time(time(42)), "links.used_at": .time(time(43)),
        "mails.id": .text("62000000-0000-0000-0000-000000000001"), "mails.kind": .text("new_device"),
        "mails.recipient": .text("Recipient@example.org"), "mails.created_at": .time(time(50)),
        "mails.not_before": .time(time(51)), "mails.expires_at": .time(time(52)), "mails.attempts": .number(13),
        "mails.delivered_at": .time(time(53)), "mails.abandoned_at": .time(time(54)),
        "mails.problem": .text("451 later"),
        "events.id": .text("63000000-0000-0000-0000-000000000001"), "events.recorded_at": .time(time(60)),
        "events.event": .text("session.signed_in"), "events.actor": .text("user"),
        "events.session_id": .text("64000000-0000-0000-0000-000000000001"),
        "events.request_id": .text("65000000-0000-0000-0000-000000000001"), "events.detail": .json(#"{"a":"b"}"#),
        "events.address": .address(.local), "events.user_agent": .text("Agent/2"),
        "registrations.id": .text("66000000-0000-0000-0000-000000000001"),
        "registrations.email": .text("ANN@example.org"), "registrations.username": .text("ann2"),
        "registrations.name": .text("Ann Two"), "registrations.created_at": .time(time(70)),
        "registrations.expires_at": .time(time(71)),
    ]

    private static let salt = Array("a salt of ann's.".utf8)

    /// One row in every table, and one of somebody else.
    private func fill(_ root: RootConnection) throws {
        let id = "'0123456789abcdef'"
        let event = AuditEventID(trusted: [0x63] + [UInt8](repeating: 0, count: 14) + [1])
        // Under the retired key: what was sealed before a change of keys is still there.
        let key = try #require(Keyring.test.personal(.auditPersonal, salt: Self.salt, id: 1))
        let personal = Hex.encode(
            SealedBox.seal(
                NetworkAddress.local.bytes + Array("Agent/2".utf8), context: "audit/\(event)", key: key))
        func number(_ start: String) -> String { "UNHEX('\(start)000000000000000000000000000001')" }
        let time = Self.sql
        for statement in [
            """
            users (id, legacy_id, email, email_key, email_verified_at, username, name, picture, role, erasure_salt,
                created_at, updated_at, password_changed_at, last_sign_in_at, disabled_at, deleted_at)
            VALUES (\(id), 4711, 'Ann@example.org', 'ann@example.org', \(time(1)), 'ann1', 'Ann One',
                'https://example.org/ann.png', 'editor', 'a salt of ann''s.', \(time(2)), \(time(3)), \(time(4)),
                \(time(5)), \(time(6)), \(time(7)))
            """,
            """
            users (id, email, email_key, erasure_salt, created_at, updated_at)
            VALUES ('somebody else...', 'other', 'other', 'another salt....', \(time(90)), \(time(91)))
            """,
            "usernames VALUES ('ann0', \(id), \(time(10)), \(time(11))), ('other', 'somebody else...', \(time(92)), NULL)",
            """
            sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at, confirmed_at, created_at,
                last_used_at, idle_until, expires_at, address, user_agent)
            VALUES (REPEAT('h', 32), \(number("61")), \(id), 'token', 1, 'pwd otp', \(time(20)), \(time(21)), \(time(22)),
                \(time(23)), \(time(24)), \(time(25)), UNHEX('00000000000000000000FFFF7F000001'), 'Agent/1')
            """,
            "known_networks VALUES (\(id), REPEAT('n', 32), \(time(30)))",
            """
            one_time_tokens VALUES (REPEAT('t', 32), 'undo_email', \(id), 'former@example.org', 'former@example.org',
                'email.changed', \(time(40)), \(time(41)), \(time(42)), \(time(43)))
            """,
            """
            outbox_messages (id, template, recipient, user_id, created_at, not_before, expires_at, attempts, delivered_at,
                payload, abandoned_at, problem)
            VALUES (\(number("62")), 'new_device', 'Recipient@example.org', \(id), \(time(50)), \(time(51)), \(time(52)), 13,
                \(time(53)), 'sealed', \(time(54)), '451 later')
            """,
            """
            audit_events (id, recorded_at, incarnation, sequence, event, actor, subject_id, session_id, identifier_mac,
                request_id, personal, detail, key_id, mac)
            VALUES (\(number("63")), \(time(60)), \(number("69")), 1, 'session.signed_in', 'user', \(id), \(number("64")),
                NULL, \(number("65")), UNHEX('\(personal)'), '{"a":"b"}', 1, REPEAT('m', 32))
            """,
            """
            registrations (id, email, email_key, username, name, browser_hash, erasure_salt, created_at, expires_at)
            VALUES (\(number("66")), 'ANN@example.org', 'ann@example.org', 'ann2', 'Ann Two', REPEAT('b', 32),
                'a third salt....', \(time(70)), \(time(71)))
            """,
            """
            password_hashes VALUES (\(id), 7, 65432, 'salt of the pwd.', 2, REPEAT('d', 32), \(time(4)))
            """,
        ] { try root.run("INSERT INTO \(statement)") }
    }

    @Test func `everything that is stored about somebody is in his export, and nothing about others`() throws {
        try withSchema { schema throws in
            try fill(try RootConnection(schema.root))
            var store = schema.store()
            let ann = try #require(try store.user(withID: Self.id))
            let sections = try store.personalSections(of: ann)
            var found: [String: PersonalExport.Value] = [:]
            for section in sections {
                #expect(section.records.count == 1, "\(section.name)")
                for member in section.records.first?.members ?? [] {
                    found["\(section.name).\(member.name)"] = member.value
                }
            }
            for (path, value) in Self.expected { #expect(found[path] == value, "\(path)") }
            #expect(Set(found.keys) == Set(Self.expected.keys))
            // What the map promises is there.
            #expect(Set(ExportTable.map.values).subtracting(found.keys).sorted() == [])
        }
    }

    @Test func `whoever has not proved an address does not see who else registers under it`() throws {
        try withSchema { schema throws in
            let root = try RootConnection(schema.root)
            try fill(root)
            try root.run("UPDATE users SET email_verified_at = NULL")
            var store = schema.store()
            let ann = try #require(try store.user(withID: Self.id))
            let section = try store.personalSections(of: ann).first { $0.name == "registrations" }
            #expect(section?.records == [])
        }
    }
}
