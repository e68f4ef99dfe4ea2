import Foundation
import Support
import Testing

/// What stands in the database, and who may read it (security W1–W3, S1, Q4; decisions 24).
@Suite struct SecretsStoredTests {
    private func pool(_ name: String) throws -> FastCGIPool { try Secrets.stack.get().service.pool(name) }

    @Test func `no token, password or address of a client stands readable in the database`() throws {
        let login = try pool("login")
        let password = "plain text canary 7 zebra"
        let cookie = try login.post(
            "/auth/register", #"{"email":"canary@example.org","username":"canary","password":"\#(password)"}"#,
            address: "203.0.113.77", more: [FastCGIParameter("HTTP_USER_AGENT", "agent-canary-4711")])
        #expect(cookie.status == 201)
        let session = try #require(cookie.cookies.first { $0.hasPrefix("__Host-sid=s_") }).dropFirst(
            "__Host-sid=".count)
        let bearer = try login.post(
            "/auth/login", #"{"username":"canary","password":"\#(password)","carrier":"token"}"#)
        let token = try #require(Hostile.token(in: bearer.body))
        let wrong = "typed into the wrong field 3 otter"
        #expect(try login.post("/auth/login", #"{"username":"\#(wrong)","password":"\#(wrong)"}"#).status == 401)
        let dump = try Secrets.dump()
        #expect(dump.contains(Secrets.hex("canary@example.org")))
        for secret in [
            String(session), token, String(session.dropFirst(2)), String(token.dropFirst(2)), password, wrong,
        ] {
            #expect(!dump.contains(secret))
            #expect(!dump.uppercased().contains(Secrets.hex(secret)))
        }
        let audit = try Secrets.stack.get().database(
            "SELECT HEX(personal), detail, event, actor, HEX(identifier_mac) FROM authfcgi.audit_events")
        for personal in ["203.0.113.77", "agent-canary-4711", "canary@example.org", "canary"] {
            #expect(!audit.contains(personal))
            #expect(!audit.contains(Secrets.hex(personal)))
        }
        #expect(!audit.contains("CB00714D"))
    }

    @Test func `the application's account reaches no password row`() throws {
        let table = "password_hashes"
        for sql in [
            "SELECT digest FROM \(table)", "SELECT COUNT(*) FROM \(table)",
            "UPDATE \(table) SET digest = REPEAT('a', 32)",
            "DELETE FROM \(table)", "INSERT INTO \(table) SELECT * FROM \(table)",
            "INSERT INTO \(table) VALUES (REPEAT('a', 16), 1, 8, REPEAT('a', 16), 1, REPEAT('a', 32), NOW())",
            "REPLACE INTO \(table) VALUES (REPEAT('a', 16), 1, 8, REPEAT('a', 16), 1, REPEAT('a', 32), NOW())",
            "TRUNCATE \(table)", "CREATE TABLE copied AS SELECT * FROM \(table)", "ALTER TABLE \(table) ADD x INT",
            "CREATE VIEW seen AS SELECT * FROM \(table)", "DROP TABLE \(table)",
            "UPDATE users JOIN \(table) ON users.id = \(table).user_id SET users.name = HEX(digest)",
        ] {
            let result = try Secrets.asApplication(sql)
            #expect(result.errors.contains("ERROR 1142"), "\(sql): \(result.errors)")
        }
        for sql in [
            "SELECT LOAD_FILE('/etc/passwd') IS NOT NULL INTO OUTFILE '/tmp/x'", "CREATE USER x",
            "GRANT SELECT ON \(table) TO authfcgi", "SET GLOBAL general_log = 1",
            "SHOW CREATE FUNCTION password_matches",
            "ALTER FUNCTION password_matches SQL SECURITY INVOKER", "DROP FUNCTION password_matches",
            "UPDATE users SET inserted_at = UTC_TIMESTAMP()", "DELETE FROM audit_events",
            "UPDATE audit_events SET event = 'x'",
            "DELETE FROM users", "LOCK TABLES \(table) READ",
        ] {
            let result = try Secrets.asApplication(sql)
            // MariaDB shows a routine without its body to whoever may only run it.
            #expect(result.status != 0 || result.output.contains("NULL"), "\(sql): \(result.output)")
        }
    }

    @Test func `the routines set no password without the current one`() throws {
        let stack = try Secrets.stack.get()
        let user = try Hostile.user(try pool("login"), name: "victim")
        let id = "(SELECT id FROM users WHERE username = 'victim')"
        let attacker = "REPEAT('a', 32)"
        let row =
            "SELECT HEX(digest) FROM authfcgi.password_hashes JOIN authfcgi.users ON id = user_id WHERE username = 'victim'"
        let before = try stack.database(row)
        // Registered this very minute: there is a password, so `create` must refuse for that reason alone.
        let attempts = [
            "SELECT password_create(\(id), 1, 8, REPEAT('a', 16), 1, \(attacker))",
            "SELECT password_replace(\(id), \(attacker), 1, 8, REPEAT('a', 16), 1, \(attacker), UTC_TIMESTAMP())",
            "SELECT password_replace(\(id), NULL, 1, 8, REPEAT('a', 16), 1, \(attacker), UTC_TIMESTAMP())",
            "SELECT password_replace(\(id), '', 1, 8, REPEAT('a', 16), 1, \(attacker), UTC_TIMESTAMP())",
            "SELECT password_replace(\(id), 0, 1, 8, REPEAT('a', 16), 1, \(attacker), UTC_TIMESTAMP())",
            "SELECT password_matches(\(id), 0)", "SELECT password_matches(\(id), '')",
        ]
        for sql in attempts {
            let result = try Secrets.asApplication(sql)
            #expect(["0\n", "NULL\n"].contains(result.output) || result.status != 0, "\(sql): \(result.output)")
            #expect(try stack.database(row) == before, "\(sql)")
        }
        // A user of an earlier minute without a password does not get one either, whatever the session says of the time.
        let old =
            "INSERT INTO authfcgi.users (id, email, email_key, erasure_salt, created_at, updated_at, inserted_at) VALUES "
            + "(REPEAT('o', 16), 'old@example.org', 'old@example.org', REPEAT('s', 16), NOW(), NOW(), '2020-01-01')"
        _ = try stack.database(old)
        for time in [
            "", "SET timestamp = UNIX_TIMESTAMP('2020-01-01 00:00:01'); ", "SET time_zone = '-12:00'; ",
            "SET time_zone = '+13:00'; ",
        ] {
            let result = try Secrets.asApplication(
                time + "SELECT password_create(REPEAT('o', 16), 1, 8, REPEAT('a', 16), 1, \(attacker))")
            #expect(result.output == "0\n", "\(time): \(result.output)\(result.errors)")
        }
        #expect(
            try stack.database("SELECT COUNT(*) FROM authfcgi.password_hashes WHERE user_id = REPEAT('o', 16)") == "0\n"
        )
        #expect(try !Hostile.signIn(try pool("login"), user.name).isEmpty)
    }

    @Test func `the accounts have the rights that they need and no others`() throws {
        let stack = try Secrets.stack.get()
        let application = try stack.database("SHOW GRANTS FOR authfcgi@localhost")
        #expect(application.contains("GRANT USAGE ON *.*"))
        #expect(!application.contains("password_hashes"))
        #expect(!application.contains("ON `authfcgi`.*"))
        let words = [
            "ALL PRIVILEGES", "CREATE", "DROP", "ALTER", "FILE", "SUPER", "PROCESS", "GRANT OPTION", "TRIGGER",
            "REFERENCES",
        ]
        for word in words { #expect(!application.contains(word), "\(word)") }
        let owner = try stack.database(
            "SHOW GRANTS FOR authfcgi_owner@localhost; SHOW CREATE USER authfcgi_owner@localhost")
        #expect(owner.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON `authfcgi`.`password_hashes`"))
        #expect(owner.contains("ACCOUNT LOCK"))
    }

    /// Argon2 and HMAC of others: argon2-cffi and Python's own, with the key derived by RFC 5869 from the keyring's file.
    private static let recompute = """
        import hashlib, hmac, sys
        from argon2.low_level import Type, hash_secret_raw
        keyring, password, iterations, memory, pepper, salt = sys.argv[1:]
        for line in open(keyring):
            f = line.split()
            if line[0] != '#' and f and f[0] == pepper: master = bytes.fromhex(f[3])
        extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
        key = hmac.new(extracted, b'authfcgi/pepper/v1' + bytes([1]), hashlib.sha256).digest()
        raw = hash_secret_raw(password.encode(), bytes.fromhex(salt), int(iterations), int(memory), 1, 32, Type.ID)
        print(hmac.new(key, raw, hashlib.sha256).hexdigest().upper())
        """

    @Test func `a stored password is what an independent Argon2 and the pepper make of it`() throws {
        let stack = try Secrets.stack.get()
        let users = try (0..<2).map { _ in try Hostile.user(try pool("login")).name }
        var digests: Set<String> = []
        for name in users {
            let row = try stack.database(
                """
                SELECT iterations, memory, pepper_id, HEX(salt), HEX(digest) FROM authfcgi.password_hashes
                JOIN authfcgi.users ON id = user_id WHERE username = '\(name)'
                """
            ).trimmingCharacters(in: .newlines).components(separatedBy: "\t")
            try #require(row.count == 5)
            #expect(row[0] == "1" && row[1] == "8192")
            let computed = try Command(
                "/usr/bin/python3", "-c", Self.recompute, stack.service.keys + "/keyring", Hostile.password, row[0],
                row[1], row[2], row[3]
            ).output().trimmingCharacters(in: .newlines)
            #expect(computed == row[4])
            digests.insert(row[4])
            digests.insert(row[3])
        }
        // The same password twice: another salt and another digest.
        #expect(digests.count == 4)
    }
}
