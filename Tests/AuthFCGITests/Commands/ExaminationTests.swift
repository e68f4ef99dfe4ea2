import Foundation
import Testing

@testable import AuthFCGI

@Suite struct ExaminationTests {
    static func sound(_ scratch: Scratch) throws -> Settings {
        var settings = Settings()
        settings.processes.runDirectory = scratch.path
        settings.processes.keyDirectory = scratch.path + "/keys"
        settings.processes.socketGroup = "root"
        // No program of a test machine runs under this number.
        settings.processes.allowedUsers = ["54321"]
        _ = try KeyDirectory(settings.processes.keyDirectory).create(date: "2026-01-31")
        return settings
    }

    @Test func `nothing is found where everything is in order`() throws {
        let scratch = try Scratch()
        #expect(Examination(settings: try Self.sound(scratch)).findings == [])
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
        #expect(
            findings.map(\.message) == [
                "\(scratch.path)/keys/keyring can be read by others; do `chmod 0400 \(scratch.path)/keys/keyring`",
                "\(scratch.path)/keys/web.secret cannot be read: No such file or directory",
                "\(scratch.path)/file is not a directory",
                "processes.socket_group: there is no group `no-such-group`",
                "processes.allowed_users: there is no user `no-such-user`",
                "passwords.block_list_file: /nonexistent/list cannot be read",
            ])
    }

    @Test func `other programs of an allowed user are a warning`() throws {
        let scratch = try Scratch()
        var settings = try Self.sound(scratch)
        settings.processes.allowedUsers = ["\(getuid())"]
        let findings = Examination(settings: settings).findings
        #expect(findings.map(\.severity) == [.warning])
        #expect(findings.first?.message.hasPrefix("other programs run as `\(getuid())`") == true)
    }
}
