import Domain
import Foundation
import Logging
import Testing

@testable import AuthFCGI

@Suite struct LogLineTests {
    static func members(_ line: [UInt8]) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line))
    }

    @Test func `a line has time, level, event and its own members`() {
        // `date -u -d @1767225599` is 2025-12-31 23:59:59.
        let line = LogLine.bytes(
            at: Instant(microseconds: 1_767_225_599_000_042), level: .warning, event: "request_done",
            metadata: ["route": "/login", "status": .stringConvertible(401)])
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"ts":"2025-12-31T23:59:59.000042Z","level":"warning","event":"request_done","#
                + #""route":"/login","status":401}"# + "\n")
    }

    @Test(arguments: [
        "a\n{\"event\":\"forged\"}", "\"},{\"x\":\"", "\u{0}\u{1}\u{1F}\u{7F}\u{9B}", "\u{2028}\u{2029}", "\\\\u0041\\",
        "ü€😀", "\u{1B}[2J", "\r\n\t", "e\u{301}",
    ])
    func `whatever a client writes stays one value on one line`(_ text: String) throws {
        let line = LogLine.bytes(
            at: Instant(seconds: 0), level: .info, event: text, metadata: ["agent": "\(text)", "\(text)": "x"])
        #expect(line.count { $0 < 0x20 || $0 == 0x7F } == 1)
        #expect(line.last == 0x0A)
        let members = try Self.members(line)
        #expect(members["event"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(members["agent"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(members.count == 5)
    }

    @Test func `bytes that are not UTF-8 become replacement characters`() throws {
        let damaged = String(decoding: [0x61, 0xFF, 0xC0, 0x62], as: UTF8.self)
        let line = LogLine.bytes(at: Instant(seconds: 0), level: .info, event: damaged, metadata: [:])
        #expect(try Self.members(line)["event"] == "a\u{FFFD}\u{FFFD}b")
    }

    @Test func `a member cannot take the name of time, level or event`() throws {
        let line = LogLine.bytes(
            at: Instant(seconds: 0), level: .info, event: "real", metadata: ["event": "forged", "level": "debug"])
        let members = try Self.members(line)
        #expect(members["event"] == "real")
        #expect(members["level"] == "info")
        #expect(members["event_"] == "forged")
    }

    @Test func `a value ends at its limit between two characters`() throws {
        let line = LogLine.bytes(
            at: Instant(seconds: 0), level: .info, event: "e",
            metadata: ["agent": "\(String(repeating: "€", count: 1000))"])
        // 341 × 3 bytes = 1023; the next would end at 1026.
        #expect(try Self.members(line)["agent"] == String(repeating: "€", count: 341) + "…")
    }

    @Test(arguments: ["x", "\n", "😀", "\u{2028}"])
    func `a line ends at its limit and says so`(_ filling: String) throws {
        let value = Logger.MetadataValue.string(String(repeating: filling, count: 2000))
        let metadata = Dictionary(uniqueKeysWithValues: (0..<40).map { ("key\($0)", value) })
        let line = LogLine.bytes(at: Instant(seconds: 0), level: .info, event: "\(value)", metadata: metadata)
        // PIPE_BUF of Linux: so much is written in one piece.
        #expect(line.count <= 4096)
        #expect(line.last == 0x0A)
        #expect(try Self.members(line)["truncated"] == "true")
    }

    @Test func `what does not fit does not push out what comes after it`() throws {
        let line = LogLine.bytes(
            at: Instant(seconds: 0), level: .info, event: "request",
            metadata: ["path": "\(String(repeating: "\u{1}", count: 1024))", "request_id": "r", "trace_id": "t"])
        let members = try Self.members(line)
        #expect(members["request_id"] == "r" && members["trace_id"] == "t" && members["truncated"] == "true")
    }

    @Test func `long lines of several writers do not mix in a pipe`() throws {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting
        Thread.detachNewThread {
            DispatchQueue.concurrentPerform(iterations: 4) { number in
                let log = Logger(label: "test") { _ in
                    JSONLogHandler(level: .info, output: LogOutput(writing.fileDescriptor))
                }
                let long = Logger.MetadataValue.string(String(repeating: "\(number)", count: 1000))
                for _ in 0..<200 { log.info("long", metadata: ["a": long, "b": long, "c": long, "d": long]) }
            }
            try? writing.close()
        }
        let lines = try #require(try pipe.fileHandleForReading.readToEnd()).split(separator: 0x0A)
        // Some may have been dropped.
        #expect(lines.count > 16)
        for line in lines where !line.starts(with: #"{"ts""#.utf8) || line.last != UInt8(ascii: "}") {
            Issue.record("\(String(decoding: line, as: UTF8.self))")
        }
        for line in lines where line.count > 3000 {
            let members = try Self.members(Array(line))
            #expect(Set((members["a"] ?? "") + (members["b"] ?? "") + (members["c"] ?? "")).count == 1)
        }
    }

    @Test func `the handler writes one line to its output, with the logger's and the event's metadata`() throws {
        let pipe = Pipe()
        var logger = Logger(label: "test") { _ in
            JSONLogHandler(level: .info, output: LogOutput(pipe.fileHandleForWriting.fileDescriptor))
        }
        logger[metadataKey: "pool"] = "web"
        logger[metadataKey: "pid"] = "1"
        logger.debug("not_written")
        logger.info("started", metadata: ["pid": "2"])
        let members = try Self.members(Array(pipe.fileHandleForReading.availableData))
        #expect(members["event"] == "started")
        #expect(members["pool"] == "web")
        #expect(members["pid"] == "2")
    }
}
