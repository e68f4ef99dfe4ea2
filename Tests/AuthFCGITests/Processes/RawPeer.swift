import Foundation

@testable import AuthFCGI

/// A peer at a worker's socket that sends what it likes.
final class RawPeer {
    struct Answer: Equatable {
        /// What came as standard output.
        let text: String
        /// Whether the record came that ends the request.
        let isFinished: Bool

        static let nothing = Answer(text: "", isFinished: false)
        var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined() }
    }

    private let number: Int32

    init(_ path: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(number, $0, size) }
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(number) }

    /// Goes away without an answer.
    func leave() { shutdown(number, Int32(SHUT_RDWR)) }

    /// Sends what the worker takes.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads to the end of the stream, or what came in five seconds.
    func answer() -> Answer {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(number, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            received += chunk[..<count]
        }
        var output: [UInt8] = []
        var isFinished = false
        var rest = received[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let count = Int(header[4]) << 8 | Int(header[5])
            if header[1] == 6 { output += rest.dropFirst(8).prefix(count) }
            if header[1] == 3 { isFinished = true }
            rest = rest.dropFirst(8 + count + Int(header[6]))
        }
        return Answer(text: String(decoding: output, as: UTF8.self), isFinished: isFinished)
    }

    /// Whether anything of an answer is there, now.
    var hasAnswer: Bool {
        var byte: UInt8 = 0
        return recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Whether the worker has closed the connection, now.
    var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN
    }
}
