import Crypto
import Domain
import Foundation
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct ExaminationTests {
    static func sound(_ scratch: Scratch) throws -> Settings {
        var settings = Settings()
        settings.registration = .closed
        settings.mail.transport = .maildir
        settings.mail.maildir = scratch.path + "/mail"
        settings.processes.runDirectory = scratch.path
        settings.processes.keyDirectory = scratch.path + "/keys"
        settings.processes.socketGroup = "root"
        settings.accounts.erasureLedger = scratch.path + "/erasures"
        // No program of a test machine runs under this number.
        settings.processes.allowedUsers = ["54321"]
        settings.database.socket = scratch.path + "/no-database.sock"
        _ = try KeyDirectory(settings.processes.keyDirectory).create(date: "2026-01-31")
        return settings
    }

    @Test func `nothing is found where everything is in order`() throws {
        let scratch = try Scratch()
        try withSchema { schema in
            var settings = try Self.sound(scratch)
            settings.database.use(schema.application)
            #expect(Examination(settings: settings).findings == [])
        }
    }

    @Test(arguments: [RegistrationMode.verified, .open, .closed])
    func `registration that waits for mail is a warning where no mail leaves`(mode: RegistrationMode) throws {
        let scratch = try Scratch()
        var settings = try Self.sound(scratch)
        settings.registration = mode
        settings.mail.transport = .none
        let found = Examination(settings: settings).findings.filter { $0.subject == "mail" }
        #expect(found.map(\.severity) == (mode == .verified ? [.warning, .warning] : [.warning]))
        #expect(found.first?.message.hasPrefix("nobody can set a forgotten password") == true)
        let closed = found.dropFirst().map(\.message)
        #expect(closed.allSatisfy { $0.contains("set mail.transport, or registration to `open` or `closed`") })
        settings.accounts.requireVerified = true
        let stricter = Examination(settings: settings).findings.filter { $0.subject == "mail" }
        #expect(stricter.last?.message.hasPrefix("nobody can prove an address: ") == true)
        settings.mail.transport = .maildir
        #expect(Examination(settings: settings).findings.filter { $0.subject == "mail" }.isEmpty)
    }

    @Test func `a database that does not answer is an error, and a warning before a start`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let settings = try Self.sound(scratch)
        let now = Examination(settings: settings).findings
        #expect(now.map(\.severity) == [.error])
        #expect(now.first?.subject == "database")
        #expect(now.first?.message.hasPrefix("it does not answer: \(settings.database.socket) as authfcgi") == true)
        #expect(Examination(settings: settings, awaitsDatabase: false).findings.map(\.severity) == [.warning])
    }

    @Test func `routines that only the database's root can make are missed by name`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        try withSchema { schema in
            var settings = try Self.sound(scratch)
            settings.database.use(schema.application)
            let root = try RootConnection(schema.root)
            for name in ["password_drop", "audit_expire"] { try root.run("DROP FUNCTION \(name)") }
            #expect(
                Examination(settings: settings).findings == [
                    Finding(
                        .error, "database",
                        "the database lacks password_drop, audit_expire: "
                            + "run `authfcgi init-db | mariadb` as the database's root")
                ])
        }
    }

    @Test func `a ledger that cannot be written is a warning`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        try withSchema { schema in
            var settings = try Self.sound(scratch)
            settings.database.use(schema.application)
            settings.accounts.erasureLedger = "/nonexistent/erasures"
            let findings = Examination(settings: settings).findings
            #expect(findings.map(\.severity) == [.warning])
            #expect(
                findings.first?.message
                    == "accounts.erasure_ledger: /nonexistent cannot be written, so nobody can be erased; "
                    + "make the directory, and give it to the service's user")
        }
    }

    @Test func `a database that has to be mended is an error at any time`() throws {
        let scratch = try Scratch()
        try withSchema(migrated: false) { schema in
            var settings = try Self.sound(scratch)
            settings.database.use(schema.application)
            let old = Examination(settings: settings, awaitsDatabase: false).findings
            #expect(old.map(\.severity) == [.error])
            #expect(
                old.first?.message
                    == "the schema has version 0, this program needs \(Migrations.needed): run `authfcgi migrate`")
            settings.database.password.secret = Secret("not-the-password")
            let closed = Examination(settings: settings, awaitsDatabase: false).findings
            #expect(closed.map(\.severity) == [.error])
            #expect(closed.first?.message.contains("authfcgi init-db") == true)
        }
    }

    @Test func `everything that is wrong is found at once`() throws {
        let scratch = try Scratch()
        var settings = try Self.sound(scratch)
        try FileManager.default.removeItem(atPath: scratch.path + "/keys/web.secret")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: scratch.path + "/keys/keyring")
        settings.processes.runDirectory = try scratch.write("file", "")
        settings.processes.socketGroup = "no-such-group"
        settings.processes.allowedUsers = ["no-such-user"]
        settings.passwords.blockListFile = "/nonexistent/list"
        let findings = Examination(settings: settings).findings
        #expect(findings.allSatisfy { $0.severity == .error })
        #expect(findings.last?.subject == "database")
        #expect(
            findings.dropLast().map(\.message) == [
                "\(scratch.path)/keys/keyring can be read by others; do `chmod 0400 \(scratch.path)/keys/keyring`",
                "\(scratch.path)/keys/web.secret cannot be read: No such file or directory",
                "\(scratch.path)/file is not a directory",
                "processes.socket_group: there is no group `no-such-group`",
                "processes.allowed_users: there is no user `no-such-user`",
                "passwords.block_list_file: /nonexistent/list cannot be read",
            ])
    }

    @Test func `a library that is older than the one of the build is an error`() throws {
        let scratch = try Scratch()
        var settings = try Self.sound(scratch)
        settings.processes.allowedUsers = []
        var examination = Examination(settings: settings, awaitsDatabase: false)
        // Those of this machine are the ones it was built with.
        #expect(examination.libraries.map(\.name) == ["libsodium", "OpenSSL", "libmariadb"])
        #expect(examination.libraries.allSatisfy { $0.built == $0.running && $0.running.contains(".") })
        examination.libraries = [
            LinkedLibrary(name: "older", built: "3.0.10", running: "3.0.9"),
            LinkedLibrary(name: "same", built: "3.0.9", running: "3.0.9"),
            LinkedLibrary(name: "newer", built: "1.9.9", running: "1.10.0-beta"),
        ]
        #expect(
            examination.findings.filter { $0.severity == .error } == [
                Finding(
                    .error, "libraries",
                    "older is 3.0.9, this program was built with 3.0.10: bring the host's packages up to date")
            ])
    }

    @Test func `other programs of an allowed user are a warning`() throws {
        let scratch = try Scratch()
        var settings = try Self.sound(scratch)
        settings.processes.allowedUsers = ["\(getuid())"]
        let findings = Examination(settings: settings, awaitsDatabase: false).findings
        #expect(findings.map(\.severity) == [.warning, .warning])
        #expect(findings.first?.message.hasPrefix("other programs run as `\(getuid())`") == true)
    }
}

extension Settings.Database {
    fileprivate mutating func use(_ schema: DatabaseSettings) {
        socket = schema.socket
        name = schema.name
        user = schema.user
        password.secret = schema.password
    }
}
