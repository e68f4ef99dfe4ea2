import Crypto
import Domain
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct SettingsFileTests {
    static let origin = "site = { origin = \"https://example.org\"; };\n"

    /// The lines of all complaints about a file and an environment.
    static func problems(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
        let scratch = try Scratch()
        let path = try scratch.write("a.conf", text)
        do {
            _ = try SettingsFile.load(path: path, environment: environment)
            return []
        } catch {
            return error.all.map { $0.description.replacingOccurrences(of: scratch.path + "/", with: "") }
        }
    }

    @Test func `without anything but the origin the defaults stand`() throws {
        let settings = try SettingsFile.load(path: nil, environment: ["AUTHFCGI_SITE__ORIGIN": "https://example.org"])
        var expected = Settings()
        expected.site.origin = "https://example.org"
        #expect(settings == expected)
    }

    @Test func `a file sets values of every kind`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(
            "a.conf",
            """
            registration = "closed";
            site = { origin = "https://example.org:8443"; };
            cookies = { secure = true; };
            sessions = { idle = "90m"; lifetime = 36000; };
            passwords = { minimum = 20; cost = { iterations = 3; memory = 131072; }; };
            check = { headers = ["remote", "x-auth-request"]; };
            limits = { sign_in_pair = { burst = 7; every = "2m"; }; };
            database = { host = "db.example.org"; password = "p\\"q"; };
            processes = { workers = { login = 4; }; };
            """)
        let settings = try SettingsFile.load(path: path, environment: [:])
        #expect(settings.registration == .closed)
        #expect(settings.sessions.idle == .seconds(5400))
        #expect(settings.sessions.lifetime == .seconds(36000))
        #expect(settings.passwords.minimum == 20)
        #expect(settings.passwords.cost == HashingCost(iterations: 3, memory: 131072))
        #expect(settings.check.headers == [.remote, .xAuthRequest])
        #expect(settings.limits.signInPair == Budget(burst: 7, every: .seconds(120)))
        #expect(settings.database.host == "db.example.org")
        #expect(settings.database.socket == "")
        #expect(settings.database.password.secret?.reveal() == "p\"q")
        #expect(settings.processes.workers == [.check: 2, .web: 2, .login: 4, .outbound: 1, .courier: 1, .janitor: 1])
    }

    @Test func `every problem is told at once, with its line`() throws {
        let found = try Self.problems(
            """
            site = { origin = "https://example.org/x"; };
            databse = { socket = "/x"; };
            sessions = { idel = 3; lifetime = "soon"; };
            log = 5;
            check = { headers = ["remote", "foo"]; };
            processes = { workers = { web = 0; }; };
            passwords = { minimum = 9; };
            """)
        #expect(
            found == [
                "a.conf:2: databse: there is no such setting; did you mean `database`?",
                "a.conf:3: sessions.idel: there is no such setting; did you mean `sessions.idle`?",
                "a.conf:3: sessions.lifetime: is not a time from 1m to 400d",
                "a.conf:4: log: is a group of settings; write `log = { … };`",
                "a.conf:5: check.headers: is not a list, each one of \"x-auth-request\", \"remote\"",
                "a.conf:6: processes.workers.web: is not a number from 1 to 64",
                "a.conf:1: site.origin: is not an origin: scheme and host in lower case, the port only when it is not "
                    + "the scheme's own, no path; for example `https://example.org`",
                "a.conf:7: passwords.minimum: contradicts `passwords.preset` `standard`, which allows 15 to 128; "
                    + "change one of them",
            ])
    }

    @Test func `a setting with _file names the file of a secret`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let secret = try scratch.write("secret", "a-database-password\n", mode: 0o400)
        let path = try scratch.write("a.conf", Self.origin + "database = { password_file = \"\(secret)\"; };\n")
        let settings = try SettingsFile.load(path: path, environment: [:])
        #expect(settings.database.password.secret?.reveal() == "a-database-password")
        #expect(
            try Self.problems(Self.origin + "database = { user_file = \"x\"; password_file = 1; };\n") == [
                "a.conf:2: database.user_file: there is no such setting; docs/settings.md lists all",
                "a.conf:2: database.password_file: is not the path of a file",
            ])
    }

    @Test func `a secret and the file of it contradict each other`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let secret = try scratch.write("secret", "a-database-password\n", mode: 0o400)
        for order in [
            #"password = "x"; password_file = "\#(secret)";"#, #"password_file = "\#(secret)"; password = "x";"#,
        ] {
            #expect(
                try Self.problems(Self.origin + "database = { \(order) };\n") == [
                    "a.conf:2: database.password_file: contradicts `database.password`; remove one of them"
                ])
        }
    }

    @Test func `an included file stands beside its includer and keeps its own lines`() throws {
        let scratch = try Scratch()
        try scratch.write("b.conf", "# one\nsessions = { idle = \"1h\";\n  lifetime = true; };\n")
        let path = try scratch.write("a.conf", Self.origin + "@include \"b.conf\"\nlog = { levl = 1; };\n")
        let error = #expect(throws: SettingsProblems.self) { try SettingsFile.load(path: path, environment: [:]) }
        #expect(
            error?.all.map(\.place) == [
                .file(scratch.path + "/b.conf", line: 3), .file(path, line: 3),
            ])
    }

    @Test func `a syntax error is told with its line and hides nothing else behind guesses`() throws {
        let found = try Self.problems("log = { level = \"info\"; };\nsite { };\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("a.conf:2: syntax error") == true)
    }

    @Test func `a file that is not there is a problem`() {
        let error = #expect(throws: SettingsProblems.self) {
            try SettingsFile.load(path: "/nonexistent/a.conf", environment: [:])
        }
        #expect(error?.description == "/nonexistent/a.conf: cannot be read: No such file or directory")
    }

    @Test(arguments: ["5m", "-1s", "1.5h", "h", "", "5 m", "99999999999999999999d", "9223372036854775807d", "401d"])
    func `a duration that is none is refused`(_ text: String) throws {
        let found = try Self.problems(Self.origin + "sessions = { remembered_lifetime = \"\(text)\"; };")
        #expect(text == "5m" ? found.allSatisfy { $0.contains("longer") } : found.count == 1)
        #expect(!found.isEmpty)
    }

    /// A notice of the deletion says that it can be taken back within three days.
    @Test(arguments: [("71h", 1), ("72h", 0)])
    func `the grace is as long as "this was not me" works`(grace: String, problems: Int) throws {
        #expect(try Self.problems(Self.origin + "accounts = { grace = \"\(grace)\"; };").count == problems)
    }

    @Test func `a file with a secret that others can read is refused`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("a.conf", Self.origin + "database = { password = \"canary\"; };", mode: 0o644)
        let error = #expect(throws: SettingsProblems.self) { try SettingsFile.load(path: path, environment: [:]) }
        #expect(error?.all.map(\.key) == ["database.password"])
        #expect(error?.description.contains("canary") == false)
    }

    @Test func `a secret is never printed`() throws {
        let settings = try SettingsFile.load(
            path: nil,
            environment: ["AUTHFCGI_SITE__ORIGIN": "https://a.example", "AUTHFCGI_DATABASE__PASSWORD": "canary"])
        #expect(settings.database.password.secret?.reveal() == "canary")
        #expect(!"\(settings)".contains("canary"))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("canary"))
    }
}
