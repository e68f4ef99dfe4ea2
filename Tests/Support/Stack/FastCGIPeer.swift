internal import Foundation

/// A peer at a pool's socket that sends what it likes, as slowly as it likes.
package final class FastCGIPeer: Sendable {
    package struct Refused: Error, CustomStringConvertible {
        package let description: String
    }

    private let number: Int32

    /// Connects; a full queue is waited for. `patience` is how long an answer may take.
    package init(_ path: String, patience: Int = 10) throws(Refused) {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Refused(description: "connect \(path): errno \(errno)") }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(number) }

    /// Sends what the other side takes.
    package func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    package func finishSending() { shutdown(number, Int32(SHUT_WR)) }

    /// Everything that comes until the other side closes or patience ends.
    package func receive() -> [UInt8] {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(number, &chunk, chunk.count, 0)
            guard count > 0 else { return received }
            received += chunk[..<count]
        }
    }

    package func answer() -> FastCGIAnswer { FastCGIAnswer(receive()) }

    /// Whether the other side has closed, now.
    package var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN
    }
}

/// What a worker sent back.
package struct FastCGIAnswer: Sendable {
    /// Nil when there was no answer.
    package let status: Int?
    package let headers: [(name: String, value: String)]
    package let body: String
    /// Whether the record came that ends the request.
    package let isFinished: Bool

    init(_ bytes: [UInt8]) {
        var output: [UInt8] = []
        var isFinished = false
        var rest = bytes[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let count = Int(header[4]) << 8 | Int(header[5])
            if header[1] == 6 { output += rest.dropFirst(8).prefix(count) }
            if header[1] == 3 { isFinished = true }
            rest = rest.dropFirst(8 + count + Int(header[6]))
        }
        self.isFinished = isFinished
        let text = String(decoding: output, as: UTF8.self)
        let end = text.range(of: "\r\n\r\n")
        headers = text[..<(end?.lowerBound ?? text.endIndex)].components(separatedBy: "\r\n").compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        status = headers.first { $0.name == "status" }.flatMap { Int($0.value.prefix(3)) }
        body = end.map { String(text[$0.upperBound...]) } ?? ""
    }

    /// The first value of a header, whatever the case of its name.
    package subscript(header: String) -> String? {
        headers.first { $0.name == header.lowercased() }?.value
    }

    /// `name=value` of the cookies it sets, without their attributes.
    package var cookies: [String] {
        headers.filter { $0.name == "set-cookie" }.map { String($0.value.prefix { $0 != ";" }) }
    }
}
