import Foundation
import Testing

@testable import AuthFCGI

@Suite struct SettingsRulesTests {
    @Test(arguments: [
        ("cookies = { secure = false; };", "cookies.secure", "site.origin"),
        ("database = { socket = \"/s\"; host = \"h\"; };", "database.host", "database.socket"),
        ("database = { socket = \"\"; };", "database.socket", "database.host"),
        ("database = { user = \"a\"; migrator_user = \"a\"; };", "database.migrator_user", "database.user"),
        ("sessions = { idle = \"25h\"; };", "sessions.idle", "sessions.lifetime"),
        ("sessions = { remembered_lifetime = \"13d\"; };", "sessions.remembered_idle", "sessions.remembered_lifetime"),
        ("passwords = { preset = \"usrak\"; minimum = 56; };", "passwords.minimum", "passwords.preset"),
        ("passwords = { cost = { memory = 1024; }; };", "passwords.cost.memory", "environment"),
        ("compat = { skill = \"/a\"; usrak = \"/a\"; };", "compat.usrak", "compat.skill"),
        ("compat = { boilerplate = \"/a\"; usrak = \"/a/b\"; };", "compat.usrak", "compat.boilerplate"),
        ("compat = { skill = \"/a/b\"; usrak = \"/a\"; };", "compat.usrak", "compat.skill"),
        ("compat = { skill = \"/auth\"; };", "compat.skill", "site.base_path"),
        ("compat = { skill = \"/auth/skill\"; };", "compat.skill", "site.base_path"),
    ])
    func `a contradiction names both settings`(_ text: String, key: String, other: String) throws {
        let found = try SettingsFileTests.problems(SettingsFileTests.origin + text)
        #expect(found.count == 1)
        #expect(found.first?.contains(": \(key): ") == true)
        #expect(found.first?.contains("`\(other)`") == true)
    }

    @Test(arguments: [
        "", "example.org", "https://example.org/", "https://example.org/a", "HTTPS://example.org",
        "https://Example.org",
        "https://example.org:443", "http://localhost:80", "https://user@example.org", "https://example.org:0",
        "https://example.org:65536", "https://example.org:", "https://-a.example", "https://a..b", "https://",
        "https://exa mple.org", "ftp://example.org", "https://bücher.example", "https://example.org?x", "null",
    ])
    func `what is not an origin is refused`(_ origin: String) throws {
        let found = try SettingsFileTests.problems("site = { origin = \"\(origin)\"; };")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("a.conf:1: site.origin: is not") == true)
    }

    @Test(arguments: [
        "https://example.org", "https://example.org:8443", "http://localhost:8080", "http://app.localhost",
        "http://127.0.0.1:8080", "http://[::1]:8080", "https://[2001:db8::1]", "https://xn--bcher-kva.example",
    ])
    func `an origin with a secure cookie is accepted`(_ origin: String) throws {
        #expect(try SettingsFileTests.problems("site = { origin = \"\(origin)\"; };") == [])
    }

    @Test(arguments: ["auth", "/", "/a/", "//a", "/a//b", "/a/../b", "/a b", "/a?b", "/{a}", "/a%2fb"])
    func `what is not the path of a mount point is refused`(_ path: String) throws {
        let found = try SettingsFileTests.problems(
            SettingsFileTests.origin + "compat = { usrak = \"\(path)\"; };")
        #expect(found.count == 1)
        #expect(found.first?.contains(": compat.usrak: is not a path like") == true)
    }

    @Test func `profiles side by side are accepted`() throws {
        let text = "compat = { boilerplate = \"/api/v1\"; skill = \"/auth2\"; usrak = \"/api/v2\"; };"
        #expect(try SettingsFileTests.problems(SettingsFileTests.origin + text) == [])
    }

    @Test func `a site without TLS needs the plain cookie`() throws {
        let origin = "site = { origin = \"http://intranet.example\"; };"
        #expect(try SettingsFileTests.problems(origin).count == 1)
        #expect(try SettingsFileTests.problems(origin + "cookies = { secure = false; };") == [])
    }

    @Test(arguments: ["//evil.example", "https://evil.example", "a", "", "/a\\\\b", "/a b", "/\\x0a"])
    func `a page that is not a path on this site is refused`(_ path: String) throws {
        let found = try SettingsFileTests.problems(SettingsFileTests.origin + "pages = { home = \"\(path)\"; };")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("a.conf:2: pages.home: ") == true)
    }

    @Test(arguments: ["stylesheet", "verify", "reset", "confirm_email", "undo_email", "not_me"])
    func `a page that may be left out is a path on this site too`(_ name: String) throws {
        func problems(_ path: String) throws -> [String] {
            try SettingsFileTests.problems(SettingsFileTests.origin + "pages = { \(name) = \"\(path)\"; };")
        }
        #expect(try problems("") == [] && problems("/own.html") == [])
        #expect(
            try problems("https://evil.example/a").first?.hasPrefix("a.conf:2: pages.\(name): is not a path") == true)
        // The link in a mail adds `?token=`.
        #expect(try problems("/a?b=c").count == (name == "stylesheet" ? 0 : 1))
        #expect(try problems("/a#b").count == (name == "stylesheet" ? 0 : 1))
    }

    /// A path that no request can have would switch every endpoint off without a word.
    @Test(arguments: ["/", "auth", "/auth/", "//auth", "/a/../b", "/a b", "/{x}", "/a%20b", "/auth;x", "/auth?x"])
    func `a base path that no request can begin with is refused`(_ path: String) throws {
        let found = try SettingsFileTests.problems(
            "site = { origin = \"https://a.example\"; base_path = \"\(path)\"; };")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("a.conf:1: site.base_path: is not a path like `/auth`") == true)
    }

    @Test func `a sign-in page with a fragment is refused`() throws {
        let found = try SettingsFileTests.problems(SettingsFileTests.origin + "pages = { sign_in = \"/a#b\"; };")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("a.conf:2: pages.sign_in: has a fragment") == true)
    }

    @Test func `a return origin must be an origin`() throws {
        let found = try SettingsFileTests.problems(
            SettingsFileTests.origin
                + "forms = { return_origins = [\"https://ok.example\", \"https://a.example/x\"]; };")
        #expect(found.count == 1)
        #expect(
            found.first?.hasPrefix("a.conf:2: forms.return_origins: `https://a.example/x` is not an origin") == true)
    }

    @Test func `a run directory too long for a socket is refused`() throws {
        // The longest socket is 14 characters more than the directory; the kernel takes 107 and a NUL.
        let longest = "/" + String(repeating: "r", count: 92)
        let text = { (path: String) in "processes = { run_directory = \"\(path)\"; };" }
        #expect(try SettingsFileTests.problems(SettingsFileTests.origin + text(longest)) == [])
        #expect(try SettingsFileTests.problems(SettingsFileTests.origin + text(longest + "r")).count == 1)
    }
}
