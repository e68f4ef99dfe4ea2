import Foundation
import Support
import Testing

/// `script/run` as a person starts it, with the program that was built together with these tests.
@Suite(.serialized) struct ScriptRunTests {
    /// One run: it says what it does on standard error, and then two lines and more on standard output.
    final class Run {
        let process = Process()
        private let output: URL
        private let errors: URL

        init(port: Int, directory: String) throws {
            let scratch = URL(fileURLWithPath: directory)
            try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
            output = scratch.appendingPathComponent("out-\(UUID().uuidString)")
            errors = output.appendingPathExtension("err")
            for file in [output, errors] { try Data().write(to: file) }
            process.executableURL = URL(fileURLWithPath: Stack.repository + "/script/run")
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["PORT": "\(port)", "VAR": directory + "/var", "SERVICE_BINARY": Stack.binary]) { _, new in new }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.start()
        }

        var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
        var complained: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

        func waitUntilReady() throws {
            for _ in 0..<600 where process.isRunning {
                if said.contains("Ctrl-C ends everything.") { return }
                usleep(50_000)
            }
            throw Command.Failed(description: said + complained)
        }

        /// The status with which it ends within ten seconds of a signal.
        func end(by signal: Int32) throws -> Int32 {
            kill(process.processIdentifier, signal)
            return try status()
        }

        func status() throws -> Int32 {
            for _ in 0..<200 where process.isRunning { usleep(50_000) }
            guard !process.isRunning else { throw Command.Failed(description: "still running: " + complained) }
            return process.terminationStatus
        }
    }

    private let directory = "/tmp/authfcgi-run-\(getpid())-\(UUID().uuidString.prefix(8))"

    /// Processes whose command line names the directory of a run's sockets or data.
    private func processes(of run: Run) throws -> [String] {
        let places = [directory, try sockets()]
        return try Command("ps", "-eo", "pid=,args=").output().split(separator: "\n").map(String.init).filter { line in
            places.contains { line.contains($0) } && !line.contains("script/run")
        }
    }

    private func sockets() throws -> String {
        let path = URL(fileURLWithPath: directory + "/var").resolvingSymlinksInPath().path
        let mark = try Command("sh", "-c", "printf %s '\(path)' | sha256sum | cut -c1-8").output()
        return "authfcgi-" + mark.trimmingCharacters(in: .newlines)
    }

    /// The secret of the link in the first mail that arrives.
    private func token(inMailOf box: String) throws -> String {
        var found: String?
        let isThere = eventually(within: 20) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: box)) ?? [] {
                let mail = (try? String(contentsOfFile: "\(box)/\(name)", encoding: .utf8)) ?? ""
                // Each part is base 64 between an empty line and a boundary.
                let parts = mail.replacing("\r\n", with: "\n").split(separator: "\n\n").map { part in
                    part.split(separator: "\n").prefix { !$0.hasPrefix("--") }.joined()
                }
                let texts = parts.compactMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
                found = texts.lazy.compactMap { $0.firstMatch(of: /token=(\S+)/)?.1 }.first.map { String($0) } ?? found
            }
            return found != nil
        }
        #expect(isThere)
        return found ?? ""
    }

    @Test func `it starts, keeps its data over a restart, refuses a second one, and leaves nothing behind`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try Stack.freePort()
        let first = try Run(port: port, directory: directory)
        try first.waitUntilReady()
        #expect(first.said.hasPrefix("ready: http://localhost:\(port)\n"))
        let password = try #require(first.said.firstMatch(of: /with the password (\S+)/)?.1)
        let curl = Curl("http://localhost:\(port)")
        let demo: KeyValuePairs = ["username": "demo", "password": String(password)]
        let registered = try curl.post(
            "/auth/register", form: ["email": "kept@example.com", "password": "correct horse battery staple"],
            headers: ["Accept": "application/json"])
        #expect(registered.status == 202)
        let json = ["Accept": "application/json"]
        let box = try #require(first.said.firstMatch(of: /Mail:\s+(\S+)/)?.1)
        // The account begins with the link of a mail, which lies in a directory.
        let proved = try curl.post(
            "/auth/verify", form: ["token": try token(inMailOf: String(box))], headers: json,
            cookies: registered.cookies)
        #expect(proved.status == 201)
        #expect(try curl.post("/auth/login", form: demo, headers: json).status == 200)

        let second = try Run(port: Stack.freePort(), directory: directory)
        #expect(try second.status() == 1)
        #expect(second.complained.contains("error: Another script/run uses \(directory)/var. End it first"))
        let other = try Run(port: port, directory: directory + "/other")
        #expect(try other.status() == 1)
        #expect(other.complained.contains("error: Port \(port) is in use. Set PORT to a free one"))

        #expect(try processes(of: first).count > 5)
        #expect(try first.end(by: SIGTERM) == 0)
        #expect(try processes(of: first).isEmpty)

        let again = try Run(port: port, directory: directory)
        try again.waitUntilReady()
        #expect(!again.said.contains(password))
        #expect(try curl.post("/auth/login", form: demo, headers: json).status == 200)
        // A session outlives the restart as well.
        #expect(try curl.send("GET", "/members/", cookies: proved.cookies).status == 200)
        #expect(try again.end(by: SIGINT) == 0)
        #expect(try processes(of: again).isEmpty)
    }

    @Test(arguments: ["0", "65536", "http"]) func `a port that is none is told`(port: String) throws {
        let script = Stack.repository + "/script/run"
        let result = try Command("env", "PORT=\(port)", "VAR=\(directory)", script).run()
        #expect(result.status == 1)
        #expect(result.errors.contains("PORT must be a number from 1 to 65535, not '\(port)'."))
    }
}
