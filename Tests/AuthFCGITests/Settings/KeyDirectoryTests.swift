import Crypto
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct KeyDirectoryTests {
    static func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `everything is made with modes that keep others out, and can be read back`() throws {
        let scratch = try Scratch()
        let directory = KeyDirectory(scratch.path + "/keys")
        let steps = try directory.create(date: "2026-01-31")
        #expect(steps.count == 9)
        #expect(steps.allSatisfy { $0.wasCreated })
        #expect(try Self.mode(directory.path) == 0o700)
        for step in steps { #expect(try Self.mode(step.path) == 0o400) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 6)

        #expect(try directory.keyring().activeID == 1)
        let secret = try directory.secret(of: .login).reveal()
        #expect(secret.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        let include = try String(contentsOfFile: directory.path + "/nginx/login.conf", encoding: .utf8)
        #expect(include == "fastcgi_param AUTHFCGI_POOL_SECRET \"\(secret)\";\n")
        #expect(try directory.secret(of: .web).reveal() != secret)
    }

    @Test func `what exists is never overwritten, what is missing is added`() throws {
        let scratch = try Scratch()
        let directory = KeyDirectory(scratch.path + "/keys")
        _ = try directory.create(date: "2026-01-31")
        let keyring = try String(contentsOfFile: directory.keyringPath, encoding: .utf8)
        let secret = try directory.secret(of: .web).reveal()
        let missing = [directory.secretPath(of: .login), directory.includePath(of: .web)]
        for path in missing { try FileManager.default.removeItem(atPath: path) }

        let steps = try directory.create(date: "2027-01-01")
        #expect(Set(steps.filter(\.wasCreated).map(\.path)) == Set(missing))
        #expect(try String(contentsOfFile: directory.keyringPath, encoding: .utf8) == keyring)
        #expect(try directory.secret(of: .web).reveal() == secret)
        #expect(try String(contentsOfFile: missing[1], encoding: .utf8).contains(secret))
    }

    @Test(arguments: [0o404, 0o440, 0o600 | 0o020, 0o644])
    func `a keyring that others can read is refused`(_ mode: Int) throws {
        let scratch = try Scratch()
        let path = try scratch.write("keyring", Keyring.newFile(created: "2026-01-31"), mode: mode)
        // The group's bits count unless the group is root's, which is how access lists of systemd look.
        if mode & 0o007 == 0, mode & 0o030 == 0, getegid() == 0 { return }
        let error = #expect(throws: PrivateFile.Problem.self) { try KeyDirectory(scratch.path).keyring() }
        #expect(error?.description == "\(path) can be read by others; do `chmod 0400 \(path)`")
    }

    @Test(arguments: ["", "short", String(repeating: "a", count: 64), String(repeating: "0", count: 31)])
    func `a short or plain secret is refused`(_ text: String) throws {
        let scratch = try Scratch()
        try scratch.write("web.secret", text, mode: 0o400)
        #expect(throws: PrivateFile.Problem.self) { try KeyDirectory(scratch.path).secret(of: .web) }
    }

    @Test func `a damaged keyring is told with its path`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("keyring", "1 2026-01-31 active canary", mode: 0o400)
        let error = #expect(throws: PrivateFile.Problem.self) { try KeyDirectory(scratch.path).keyring() }
        #expect(error?.description.hasPrefix("\(path): line 1") == true)
        #expect(error?.description.contains("canary") == false)
    }
}
