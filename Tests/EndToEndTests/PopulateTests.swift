import Foundation
import Support
import Testing

/// `authfcgi populate`: accounts to measure with.
@Suite struct PopulateTests {
    /// The accounts of a file, as username and token.
    private func accounts(_ path: String) throws -> [(name: String, token: String)] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: "\t").map(String.init)
            return (try #require(parts.first), try #require(parts.last))
        }
    }

    private func users(_ own: OwnService) throws -> String {
        try Command("mariadb", "--no-defaults", "--socket=\(own.server.socket)", "--user=root", "-N")
            .output(input: "SELECT COUNT(*) FROM \(own.database).users;")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func populateInProduction(_ own: OwnService, _ file: String) throws -> Command.Result {
        try Command(
            own.service.environment + [
                "AUTHFCGI_ENVIRONMENT=production", own.service.program, "populate", "--users", "3", "--accounts", file,
                "--config", own.service.settings,
            ]
        ).run()
    }

    @Test func `the sessions pass the check, the users sign in, and the file is its owner's`() throws {
        let own = try OwnService()
        let file = own.directory + "/accounts"
        // More than one statement's worth, and not a multiple of it.
        let made = try own.service.command(
            "populate", "--users", "703", "--accounts", file, "--password", input: "a shared password\n")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.errors.hasSuffix("703 of 703 accounts\n"))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let accounts = try accounts(file)
        #expect(accounts.count == 703)
        #expect(Set(accounts.map(\.name)).count == 703)
        #expect(Set(accounts.map(\.token)).count == 703)
        #expect(try users(own) == "703")

        try own.start()
        let (check, login) = (try own.service.pool("check"), try own.service.pool("login"))
        for index in [0, 499, 500, 702] {
            let account = accounts[index]
            let answer = try check.send(
                "GET", "/_auth/members",
                more: [
                    FastCGIParameter("AUTH_POLICY", "verified=1"),
                    FastCGIParameter("HTTP_COOKIE", "__Host-sid=\(account.token)"),
                ])
            #expect(answer.status == 200)
            #expect(answer["X-Auth-Decision"] == "allow")
            #expect(answer["X-Auth-Request-Preferred-Username"] == account.name)
            let signedIn = try login.post(
                "/auth/login", #"{"username":"\#(account.name)","password":"a shared password"}"#)
            #expect(signedIn.status == 200, "\(signedIn.body)")
        }
    }

    @Test func `a production database is filled only while it has no users`() throws {
        let own = try OwnService(settings: "")
        let first = try populateInProduction(own, own.directory + "/first")
        #expect(first.status == 0, "\(first.errors)")
        let second = try populateInProduction(own, own.directory + "/second")
        #expect(second.status == 1)
        #expect(second.errors.contains("nothing was changed"))
        #expect(!FileManager.default.fileExists(atPath: own.directory + "/second"))
        #expect(try users(own) == "3")
        // Where one develops, more come to those who are there.
        let more = try own.service.command("populate", "--users", "2", "--accounts", own.directory + "/more")
        #expect(more.status == 0, "\(more.errors)")
        #expect(try users(own) == "5")
    }

    @Test func `an existing file is left alone`() throws {
        let own = try OwnService()
        let file = own.directory + "/precious"
        try "mine".write(toFile: file, atomically: true, encoding: .utf8)
        let made = try own.service.command("populate", "--users", "1", "--accounts", file)
        #expect(made.status == 1)
        #expect(made.errors.contains("cannot be made: File exists"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        #expect(try users(own) == "0")
    }
}
