import Foundation
import Support
import Testing

/// A new program that passes the check and cannot go on all the same: the one before takes everything back.
///
/// The settings file is a pipe here. The check and the program that is executed after it read what the test writes to
/// each, and wait until it does.
@Suite struct FailedReloadTests {
    private let own: OwnService
    private let before: ServiceStatus
    private let oldProgram: FileIdentity
    private let goodSettings: String

    init() throws {
        own = try OwnService(replacesProgram: true)
        before = try own.start()
        oldProgram = try FileIdentity(ofProcess: before.pid)
        goodSettings = try String(contentsOfFile: own.service.settings, encoding: .utf8)
    }

    @Test func `one that cannot read its settings any more gives everything back`() throws {
        try reloadUntilChecked()
        try answerReader(with: "no_such_setting = 1;")
        try expectEverythingIsBack(because: "no_such_setting")
        try expectReloadSucceeds()
    }

    @Test func `one that crashes before it serves gives everything back`() throws {
        try reloadUntilChecked()
        let isArmed = try eventually { try catches(SIGSEGV) && FileIdentity(ofProcess: before.pid) != oldProgram }
        #expect(isArmed)
        kill(before.pid, SIGSEGV)
        try expectEverythingIsBack(because: "the one before serves on")
        try expectReloadSucceeds()
    }

    @Test func `one whose workers do not get ready gives everything back`() throws {
        try reloadUntilChecked()
        let secret = own.service.keys + "/login.secret"
        try FileManager.default.moveItem(atPath: secret, toPath: secret + ".away")
        try answerReader(with: goodSettings)
        try expectEverythingIsBack(because: "did not get ready")
        try FileManager.default.moveItem(atPath: secret + ".away", toPath: secret)
        try expectReloadSucceeds()
    }

    @Test func `one that cannot open its sockets in another directory leaves none there`() throws {
        // What cannot be removed keeps the second socket from being made.
        try FileManager.default.createDirectory(atPath: other + "/web.sock.new/x", withIntermediateDirectories: true)
        try reloadUntilChecked()
        try answerReader(with: settingsElsewhere)
        try expectEverythingIsBack(because: "listen")
        #expect(try left(in: other) == ["authfcgi.lock", "web.sock.new"])
        try expectReloadSucceeds()
    }

    @Test func `one whose workers do not get ready in another directory leaves no sockets there`() throws {
        try reloadUntilChecked()
        let secret = own.service.keys + "/login.secret"
        try FileManager.default.moveItem(atPath: secret, toPath: secret + ".away")
        try answerReader(with: settingsElsewhere)
        try expectEverythingIsBack(because: "did not get ready")
        #expect(try left(in: other) == ["authfcgi.lock"])
        try FileManager.default.moveItem(atPath: secret + ".away", toPath: secret)
        try expectReloadSucceeds()
    }

    @Test func `one that is stopped before it serves in another directory leaves no sockets in either`() throws {
        try reloadUntilChecked()
        let secret = own.service.keys + "/login.secret"
        try FileManager.default.moveItem(atPath: secret, toPath: secret + ".away")
        try answerReader(with: settingsElsewhere)
        #expect(eventually { access(other + "/outbound.sock", F_OK) == 0 })
        kill(before.pid, SIGTERM)
        #expect(eventually { !isRunning(before.pid) })
        #expect(try left(in: other) == ["authfcgi.lock"])
        #expect(try left(in: own.service.sockets) == ["authfcgi.lock"])
    }

    private var other: String { own.directory + "/elsewhere" }
    private var settingsElsewhere: String { goodSettings.replacing(own.service.sockets, with: other) }

    private func left(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test func `one that misses a library is never executed`() throws {
        let broken = own.directory + "/broken"
        let damage = #"s/libzxcvbn\.so\.0/libzxcvbn.so.X/g"#
        _ = try Command("sh", "-c", "LC_ALL=C sed '\(damage)' '\(own.service.program)' >'\(broken)'").output()
        chmod(broken, 0o755)
        try own.replaceProgram(by: broken)
        kill(before.pid, SIGHUP)
        try expectLogged("nothing was reloaded")
        // A worker that dies now is replaced by the program that serves, not by the one that stands there.
        let victim = try #require(before.processes(of: "web").first)
        kill(victim, SIGKILL)
        let isReplaced = try eventually {
            try runningWorkers().count == before.workers.count && !runningWorkers().contains(victim)
        }
        #expect(isReplaced)
        for worker in try runningWorkers() { #expect(try FileIdentity(ofProcess: worker) == oldProgram) }
        #expect(isAnswered)
        try own.replaceProgram()
        try expectReloadSucceeds()
    }

    // MARK: What all of them do

    /// Returns when the new program has passed its check and waits for its settings.
    private func reloadUntilChecked() throws {
        try own.replaceProgram()
        try FileManager.default.removeItem(atPath: own.service.settings)
        #expect(mkfifo(own.service.settings, 0o600) == 0)
        kill(before.pid, SIGHUP)
        try answerReader(with: goodSettings)
        let isChecked = try eventually { try FileIdentity(ofProcess: before.pid) != oldProgram }
        #expect(isChecked)
    }

    /// Writes to whoever reads the settings next.
    private func answerReader(with text: String) throws {
        let pipe = open(own.service.settings, O_WRONLY | O_CLOEXEC)
        #expect(pipe >= 0)
        let bytes = Array(text.utf8)
        #expect(write(pipe, bytes, bytes.count) == bytes.count)
        close(pipe)
    }

    private func expectEverythingIsBack(because reason: String) throws {
        try expectLogged(reason)
        try expectLogged("the one before serves on")
        #expect(isAnswered)
        try FileManager.default.removeItem(atPath: own.service.settings)
        try goodSettings.write(toFile: own.service.settings, atomically: true, encoding: .utf8)
        let after = try own.service.settledStatus(of: before.generation)
        #expect(after.pid == before.pid)
        #expect(after.processes() == before.processes())
        #expect(try FileIdentity(ofProcess: before.pid) == oldProgram)
    }

    private func expectReloadSucceeds() throws {
        kill(before.pid, SIGHUP)
        let after = try own.service.settledStatus(of: before.generation + 1)
        #expect(after.processes().isDisjoint(with: before.processes()))
        for process in after.processes().union([after.pid]) {
            #expect(try FileIdentity(ofProcess: process) == FileIdentity(own.service.program))
        }
        #expect(isAnswered)
    }

    private func expectLogged(_ text: String) throws {
        let isLogged = try eventually(within: 20) { try own.logged().contains { $0.contains(text) } }
        #expect(isLogged, "\(text)")
    }

    private var isAnswered: Bool {
        (try? own.service.pool("web").send("GET", "/auth/readyz"))?.status == 200
    }

    private func runningWorkers() throws -> Set<Int32> {
        let path = "/proc/\(before.pid)/task/\(before.pid)/children"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return Set(text.split(separator: " ").compactMap { Int32($0) }.filter { isRunning($0) })
    }

    private func catches(_ signal: Int32) throws -> Bool {
        let status = try String(contentsOfFile: "/proc/\(before.pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) } ?? 0
        return mask & (1 << UInt64(signal - 1)) != 0
    }
}
