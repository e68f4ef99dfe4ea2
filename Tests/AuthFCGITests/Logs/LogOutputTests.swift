import Foundation
import Logging
import Support
import Testing

@testable import AuthFCGI

@Suite struct LogOutputTests {
    /// What holds somebody up holds him up for ever.
    private static let limit = TimeLimitTrait.Duration.minutes(patience == 1 ? 1 : 20)

    enum Reader: CaseIterable {
        case pipe
        /// One that another user made, as far as the service can tell.
        case foreignPipe
        case socket
    }

    /// Two ends of something that nobody reads until the test does.
    private struct Ends: ~Copyable {
        let reading: Int32
        let writing: Int32

        init(_ reader: Reader) {
            var ends: [Int32] = [-1, -1]
            if reader == .socket {
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            } else {
                pipe(&ends)
            }
            (reading, writing) = (ends[0], ends[1])
        }

        deinit {
            close(reading)
            close(writing)
        }

        /// What lies there now.
        func read() -> String {
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = Glibc.read(reading, &piece, piece.count)
                guard count > 0 else { return String(decoding: all, as: UTF8.self) }
                all += piece[..<count]
            }
        }
    }

    private func write(_ text: String, to output: LogOutput) {
        output.write(Array((text + "\n").utf8)) { Array("\($0) dropped\n".utf8) }
    }

    @Test(.timeLimit(limit), arguments: Reader.allCases)
    func `who stands still holds nobody up, and hears how many lines there were`(_ reader: Reader) {
        let ends = Ends(reader)
        let output = LogOutput(ends.writing, reopens: reader != .foreignPipe)
        let text = String(repeating: "x", count: 999)
        for number in 0..<2000 { write("\(number) \(text)", to: output) }
        write("again", to: output)
        var lines = ends.read().split(separator: "\n")
        write("and again", to: output)
        write("and again", to: output)
        lines += ends.read().split(separator: "\n")
        // A short note may find room where a line found none; all of them together say how many there were.
        let dropped = lines.compactMap { $0.hasSuffix(" dropped") ? Int($0.prefix { $0 != " " }) : nil }.reduce(0, +)
        let taken = lines.filter { !$0.hasSuffix(" dropped") }
        #expect(taken.count > 20 && taken.count + dropped == 2003)
        #expect(taken.prefix(20).enumerated().allSatisfy { $1 == "\($0) \(text)" })
        #expect(lines.suffix(2) == ["and again", "and again"])
    }

    @Test(arguments: Reader.allCases)
    func `what others share stays as it was`(_ reader: Reader) {
        let ends = Ends(reader)
        write("a line", to: LogOutput(ends.writing))
        #expect(fcntl(ends.writing, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test func `a line of which only the beginning was taken spoils no other`() {
        let ends = Ends(.pipe)
        let output = LogOutput(ends.writing)
        // More than a pipe takes in one piece, so that it takes a part.
        let long = String(repeating: "x", count: 30_000)
        for _ in 0..<3 { write(long, to: output) }
        let lines = ends.read().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3 && (1..<30_000).contains(lines[2].count))
        write("again", to: output)
        write("and again", to: output)
        #expect(ends.read() == "\n1 dropped\nagain\nand again\n")
    }

    @Test func `a full disk stops nobody`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let output = LogOutput(full)
        for _ in 0..<10 { write("a line", to: output) }
    }

    @Test(.timeLimit(limit)) func `the log says in words of its own how much is missing`() throws {
        let ends = Ends(.pipe)
        var log = Logger(label: "test") { _ in
            JSONLogHandler(level: .info, output: LogOutput(ends.writing))
        }
        log[metadataKey: "pool"] = "web"
        for _ in 0..<1000 { log.info("request", metadata: ["path": "\(String(repeating: "x", count: 500))"]) }
        _ = ends.read()
        for _ in 0..<1000 { log.info("request", metadata: ["path": "\(String(repeating: "x", count: 500))"]) }
        log.info("request")
        let lines = ends.read().split(separator: "\n")
        #expect(lines.contains { $0.contains(#""level":"warning","event":"log lines were dropped","dropped":"#) })
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") && $0.contains(#""pool":"web""#) })
    }
}
