import Foundation
import Support
import Testing

/// `authfcgi tune` measures in earnest, and what it proposes can be used as it stands.
@Suite struct TuneTests {
    @Test func `the proposed lines are settings that the service starts with`() throws {
        let own = try OwnService()
        // Neither settings nor their variables.
        let tuned = try Command(own.service.program, "tune", "--seconds", "0.02", "--memory-budget", "64M").run()
        #expect(tuned.status == 0, "\(tuned.errors)")
        #expect(tuned.errors.contains("MiB, 2 passes, 1 at once ... "))
        #expect(tuned.output.contains("PROCESSES  HASHES/s"))
        let lines = tuned.output.split(separator: "\n").suffix(2)
        #expect(lines.allSatisfy { $0.hasSuffix("; };") })
        // The test's own settings have a group `processes` already.
        let workers = try #require(lines.last).dropFirst("processes = { ".count).dropLast(" };".count)
        try own.write(settings: String(lines.first ?? ""))
        try own.add(toProcesses: String(workers))
        let check = try own.service.command("check")
        #expect(check.status == 0, "\(check.output)")
        let status = try own.start()
        let login = try #require(status.pools.first { $0.pool == "login" }).workers
        #expect(workers.contains("login = \(login);"))
        _ = try Hostile.user(try own.service.pool("login"))
    }

    @Test(arguments: [["--target", "1"], ["--memory-budget", "12"], ["--seconds", "0"]])
    func `what makes no sense is refused`(arguments: [String]) throws {
        #expect(try Command([Stack.binary, "tune"] + arguments).run().status == 64)
    }
}

extension OwnService {
    /// Writes more into the group `processes`.
    fileprivate func add(toProcesses settings: String) throws {
        let text = try String(contentsOfFile: service.settings, encoding: .utf8)
        try text.replacingOccurrences(of: "processes = {", with: "processes = { \(settings)")
            .write(toFile: service.settings, atomically: true, encoding: .utf8)
    }
}
