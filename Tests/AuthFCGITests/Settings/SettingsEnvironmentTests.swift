import Crypto
import Domain
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct SettingsEnvironmentTests {
    static let origin = ["AUTHFCGI_SITE__ORIGIN": "https://example.org"]

    static func load(_ environment: [String: String], path: String? = nil) throws(SettingsProblems) -> Settings {
        try SettingsFile.load(path: path, environment: origin.merging(environment) { $1 })
    }

    static func problems(_ environment: [String: String]) -> [String] {
        do {
            _ = try load(environment)
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    @Test func `the environment wins over the file, our name over an alias`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(
            "a.conf", "cookies = { secure = true; };\nenvironment = \"production\";\nlog = { level = \"error\"; };")
        let settings = try Self.load(
            [
                "API_ENV": "development", "AUTHFCGI_SITE__ORIGIN": "http://plain.example", "COOKIE_SECURE": "true",
                "AUTHFCGI_COOKIES__SECURE": "0",
            ], path: path)
        #expect(settings.environment == .development)
        #expect(settings.cookies.secure == false)
        #expect(settings.log.level == .error)
    }

    @Test func `lists, numbers and times are read from variables`() throws {
        let settings = try Self.load([
            "FRONTEND_URL": "https://a.example, https://b.example:8443",
            "AUTHFCGI_PROCESSES__WORKERS__LOGIN": "8", "AUTHFCGI_LIMITS__SIGN_IN_PAIR__EVERY": "5m",
            "AUTHFCGI_SESSIONS__IDLE": "600", "AUTHFCGI_FORMS__FORM_ORIGINS": "",
        ])
        #expect(settings.forms.returnOrigins == ["https://a.example", "https://b.example:8443"])
        #expect(settings.forms.formOrigins == [])
        #expect(settings.processes.workers[.login] == 8)
        #expect(settings.limits.signInPair.interval == .seconds(300))
        #expect(settings.sessions.idle == .seconds(600))
    }

    @Test func `an unknown variable with our prefix is an error with a suggestion`() {
        #expect(
            Self.problems(["AUTHFCGI_DATABASE__SOKET": "/x", "AUTHFCGI_CONFIG": "/y", "UNRELATED": "z"]) == [
                "environment AUTHFCGI_DATABASE__SOKET: there is no such setting; did you mean AUTHFCGI_DATABASE__SOCKET?"
            ])
    }

    @Test func `aliases that differ contradict each other`() {
        #expect(
            Self.problems(["ENVIRONMENT": "production", "API_ENV": "development"]) == [
                "environment ENVIRONMENT: environment: contradicts API_ENV; unset one of them"
            ])
    }

    @Test func `a database address with host sets everything`() throws {
        let settings = try Self.load(["DATABASE_URL": "mariadb://app:p%40ss%2F@db.example.org:3307/site"])
        #expect(settings.database.host == "db.example.org")
        #expect(settings.database.socket == "")
        #expect(settings.database.port == 3307)
        #expect(settings.database.name == "site")
        #expect(settings.database.user == "app")
        #expect(settings.database.password.secret?.reveal() == "p@ss/")
    }

    @Test func `a database address with socket sets everything`() throws {
        let settings = try Self.load(["DATABASE_URL": "mysql://app@localhost/site?socket=/tmp/my%20sql.sock"])
        #expect(settings.database.socket == "/tmp/my sql.sock")
        #expect(settings.database.host == "")
        #expect(settings.database.user == "app")
    }

    @Test(arguments: [
        "postgres://a@b/c", "mariadb://a:b@c", "mariadb://a:b@c/", "mariadb://a:canary%zz@c/d", "mariadb://:x@c/d",
        "mariadb://a@c/d?ssl=off", "mariadb://a@c/d?socket=relative", "mariadb:///d", "mariadb://a@c/d%00",
        "mariadb://a@c c/d", "mariadb://a@c\u{0}c/d",
    ])
    func `a database address that is not understood is refused whole`(_ url: String) {
        let found = Self.problems(["DATABASE_URL": url])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("environment DATABASE_URL: database: is not") == true)
        #expect(found.first?.contains("canary") == false)
    }

    @Test func `a secret is read from a file that nobody else can read`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("secret", "s3cret \n", mode: 0o400)
        let settings = try Self.load(["AUTHFCGI_DATABASE__PASSWORD_FILE": path])
        #expect(settings.database.password.secret?.reveal() == "s3cret ")
    }

    @Test func `a secret in a file that others can read is refused`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("secret", "canary", mode: 0o644)
        #expect(
            Self.problems(["AUTHFCGI_DATABASE__PASSWORD_FILE": path]) == [
                "environment AUTHFCGI_DATABASE__PASSWORD_FILE: database.password: \(path) can be read by others; "
                    + "do `chmod 0400 \(path)`"
            ])
    }

    @Test func `a secret both in a variable and in a file is a contradiction`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("secret", "canary", mode: 0o400)
        let found = Self.problems([
            "AUTHFCGI_DATABASE__PASSWORD_FILE": path, "AUTHFCGI_DATABASE__PASSWORD": "canary",
        ])
        #expect(
            found == [
                "environment AUTHFCGI_DATABASE__PASSWORD_FILE: database.password: contradicts "
                    + "AUTHFCGI_DATABASE__PASSWORD; unset one of them"
            ])
    }
}
