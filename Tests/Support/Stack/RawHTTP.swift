internal import Foundation

/// Sends bytes to a web server on this machine and reads what comes back: for requests that no client would write.
package struct RawHTTP: Sendable {
    package struct Answer: Sendable {
        /// Nil when the server closed without an answer.
        package let status: Int?
        package let head: String
        package let body: String
    }

    private let port: Int

    package init(port: Int) {
        self.port = port
    }

    /// Sends a request, from an address of the loopback network, and reads until the server closes.
    ///
    /// The request should ask for `Connection: close`. One that `isCutShort` says so: the server need not wait for more.
    package func send(
        _ bytes: [UInt8], from source: String = "127.0.0.1", isCutShort: Bool = false
    ) throws -> Answer {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let bound = LoopbackAddress.with(source, 0) { bind(number, $0, $1) }
        let connected = LoopbackAddress.with("127.0.0.1", port) { connect(number, $0, $1) }
        guard bound == 0, connected == 0 else { throw Command.Failed(description: "connect: errno \(errno)") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        if isCutShort { shutdown(number, Int32(SHUT_WR)) }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(number, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            received += chunk[..<count]
        }
        let text = String(decoding: received, as: UTF8.self)
        let end = text.range(of: "\r\n\r\n")
        let words = text.prefix(40).split(whereSeparator: \.isWhitespace)
        return Answer(
            status: text.hasPrefix("HTTP/") && words.count > 1 ? Int(words[1]) : nil,
            head: String(text[..<(end?.lowerBound ?? text.endIndex)]),
            body: end.map { String(text[$0.upperBound...]) } ?? "")
    }
}
