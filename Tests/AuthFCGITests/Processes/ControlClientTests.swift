import CSystem
import Domain
import Foundation
import Support
import Testing

@testable import AuthFCGI

@Suite struct ControlClientTests {
    @Test func `a supervisor that takes nobody is not waited for without end`() throws {
        let directory = "/tmp/control-\(UUID().uuidString.prefix(8))"
        mkdir(directory, 0o700)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = RunDirectory.controlPath(in: directory)
        // A queue for one, who stands in it.
        let listening = Descriptor(adopting: system_listen(path, 1, 0o600, 0))
        let first = Descriptor(adopting: system_connect(path, 1, 1000))
        #expect(first.number >= 0)
        let start = ContinuousClock.now
        #expect(throws: Failure.self) { try ControlClient(runDirectory: directory).status() }
        let time = ContinuousClock.now - start
        #expect(time > .milliseconds(1900) && time < .seconds(5))
        withExtendedLifetime((listening, first)) {}
    }

    @Test func `a supervisor without a descriptor left waits, and answers when it has one again`() throws {
        let service = try RunningService()
        try limit(service.supervisor, to: 3)
        let clients = try (0..<3).map { _ in
            try Descriptor(system_connect(service.runDirectory + "/control.sock", 1, 1000), from: "connect")
        }
        let before = try ticks(service.supervisor)
        Thread.sleep(forTimeInterval: 1)
        // Of a hundred in a second.
        #expect(try ticks(service.supervisor) - before < 30)
        try limit(service.supervisor, to: 1000)
        #expect(AuthFCGITests.eventually { service.report != nil })
        withExtendedLifetime(clients) {}
    }

    private func limit(_ process: Int32, to count: Int) throws {
        _ = try Command("prlimit", "--pid", "\(process)", "--nofile=\(count):").output()
    }

    /// Time on a processor so far, in hundredths of a second.
    private func ticks(_ process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text.components(separatedBy: ") ").last?.split(separator: " ") ?? []
        return try #require(Int(fields[11])) + #require(Int(fields[12]))
    }
}
