import Foundation
import Support
import Testing

@testable import AuthFCGI

/// A service whose log nobody reads (reliability R13).
@Suite struct StalledLogTests {
    private let pipe = Pipe()

    /// Fills the pipe to the last byte.
    private func fill() {
        let number = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        for count in [4096, 1] {
            let filling = [UInt8](repeating: 0x0A, count: count)
            while write(number, filling, count) > 0 {}
        }
        _ = fcntl(number, F_SETFL, 0)
    }

    /// Everything that lies in the pipe.
    private func read() -> String {
        let number = pipe.fileHandleForReading.fileDescriptor
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(number, &piece, piece.count)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += piece[..<count]
        }
    }

    @Test func `it starts, serves, replaces a worker, reloads and ends`() throws {
        fill()
        let service = try RunningService(output: pipe.fileHandleForWriting)
        #expect(service.workers.count == 9)
        for _ in 0..<100 { #expect(service.isAnswered()) }
        let victim = try #require(service.ready(.web).first)
        kill(victim, SIGKILL)
        #expect(eventually { service.ready(.web).count == 2 && !service.ready(.web).contains(victim) })
        service.signal(SIGHUP)
        #expect(eventually { service.report?.generation == 2 && service.processes.count == 9 })
        #expect(service.isAnswered())
        #expect(!read().contains("event"))
        // Somebody reads again.
        kill(try #require(service.ready(.web).first), SIGKILL)
        var log = ""
        #expect(
            eventually {
                log += read()
                return log.contains(#""event":"log lines were dropped","dropped":"#)
            })
        fill()
        service.signal(SIGTERM)
        #expect(service.wait() == 0)
    }
}
