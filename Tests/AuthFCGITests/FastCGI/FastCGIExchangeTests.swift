import CSystem
import Domain
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct FastCGIExchangeTests {
    /// Whoever closed it once more would close somebody else's file of that number.
    @Test func `a connection on which libfcgi reads no request is closed by libfcgi`() throws {
        FastCGIExchange.prepare()
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        // Version 9 of the protocol.
        let record: [UInt8] = [9, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(send(ends[0], record, record.count, Int32(MSG_NOSIGNAL)) == record.count)
        shutdown(ends[0], Int32(SHUT_WR))
        var status = stat()
        fstat(ends[1], &status)
        #expect(try isOpen("socket:[\(status.st_ino)]"))
        let id = RequestID(trusted: [UInt8](repeating: 1, count: 16))
        let isRead = FastCGIExchange(on: ends[1], id: id, body: .complete(0)) != nil
        #expect(!isRead)
        #expect(try !isOpen("socket:[\(status.st_ino)]"))
    }

    /// By its name, because the number may be somebody else's by now.
    private func isOpen(_ name: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").contains { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == name
        }
    }

    @Test func `a descriptor that somebody else has closed is not closed again`() throws {
        var (reading, writing): (Int32, Int32) = (-1, -1)
        try #require(system_pipe(&reading, &writing) == 0)
        let end = Descriptor(adopting: reading)
        Descriptor(adopting: writing).noteClosed()
        var byte: UInt8 = 7
        #expect(write(writing, &byte, 1) == 1)
        #expect(read(end.number, &byte, 1) == 1)
        close(writing)
    }
}
