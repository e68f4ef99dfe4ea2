internal import Foundation

/// A connection to a web server on this machine that is kept open between requests, as browsers do it.
final class LoadConnection {
    struct Answer {
        var status = 0
        var body: [UInt8] = []
        /// `name=value` of the session's cookie, where the answer sets one.
        var cookie: String?
        var retryAfter: Int?
        fileprivate var length: Int?
        fileprivate var isChunked = false
        fileprivate var closes = false
    }

    private let port: Int
    private let source: String
    private let patience: Duration
    private var socket: Int32 = -1
    private var received: [UInt8] = []
    /// Idle connections that the server had closed.
    private(set) var reconnects = 0

    init(port: Int, source: String, patience: Duration) {
        self.port = port
        self.source = source
        self.patience = patience
    }

    deinit { close() }

    /// Sends a request and reads its answer. What cannot be repeated goes through a new connection: an idle one may be
    /// closed by the server at the moment in which it is used, and then nobody knows what happened.
    func exchange(_ request: [UInt8], isRepeatable: Bool) -> (outcome: LoadOutcome, answer: Answer) {
        if !isRepeatable { close() }
        let isReused = socket >= 0
        let result = attempt(request)
        guard isReused, result.outcome == .broken, received.isEmpty else { return result }
        reconnects += 1
        return attempt(request)
    }

    func close() {
        if socket >= 0 { Glibc.close(socket) }
        socket = -1
    }

    private func attempt(_ request: [UInt8]) -> (outcome: LoadOutcome, answer: Answer) {
        received.removeAll(keepingCapacity: true)
        guard socket >= 0 || connect() else { return (.refused, Answer()) }
        let deadline = ContinuousClock.now + patience
        var answer = Answer()
        let outcome = send(request) ? receive(&answer, until: deadline) : .broken
        if outcome != .answered(answer.status) || answer.closes { close() }
        return (outcome, answer)
    }

    private func connect() -> Bool {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let bound = LoopbackAddress.with(source, 0) { bind(socket, $0, $1) }
        if bound == 0, LoopbackAddress.with("127.0.0.1", port, { Glibc.connect(socket, $0, $1) }) == 0 { return true }
        close()
        return false
    }

    private func send(_ request: [UInt8]) -> Bool {
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func receive(_ answer: inout Answer, until deadline: ContinuousClock.Instant) -> LoadOutcome {
        var chunk = [UInt8](repeating: 0, count: 16384)
        var head: Int?
        while true {
            if head == nil, let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
                guard let read = Self.read(head: received[..<end]) else { return .broken }
                answer = read
                head = end
            }
            if let head, isWhole(answer, from: head) {
                answer.body = Array(received[head...])
                return .answered(answer.status)
            }
            let count = recv(socket, &chunk, chunk.count, 0)
            if count > 0 {
                received += chunk[..<count]
                if ContinuousClock.now > deadline { return .timedOut }
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return .timedOut
            } else if let head, count == 0, answer.length == nil, !answer.isChunked {
                answer.body = Array(received[head...])
                answer.closes = true
                return .answered(answer.status)
            } else {
                return .broken
            }
        }
    }

    private func isWhole(_ answer: Answer, from head: Int) -> Bool {
        if answer.isChunked { return received[head...].suffix(5).elementsEqual("0\r\n\r\n".utf8) }
        if [204, 304].contains(answer.status) { return true }
        return answer.length.map { received.count - head >= $0 } ?? false
    }

    private static func read(head: ArraySlice<UInt8>) -> Answer? {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let words = lines.first?.split(separator: " "), words.count > 1, let status = Int(words[1]) else {
            return nil
        }
        var answer = Answer(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-length": answer.length = Int(value)
            case "transfer-encoding": answer.isChunked = value == "chunked"
            case "connection": answer.closes = value.lowercased() == "close"
            case "retry-after": answer.retryAfter = Int(value)
            case "set-cookie" where value.hasPrefix("__Host-sid="):
                answer.cookie = String(value.prefix { $0 != ";" })
            default: break
            }
        }
        return answer
    }
}

/// Addresses of the loopback network as the C library wants them.
package enum LoopbackAddress {
    static func with(
        _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// A connection to this machine from one of its addresses, for the caller to close.
    package static func connect(port: Int, from source: String) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let bound = with(source, 0) { bind(socket, $0, $1) }
        guard bound == 0, with("127.0.0.1", port, { Glibc.connect(socket, $0, $1) }) == 0 else {
            let code = errno
            close(socket)
            throw Command.Failed(description: "connect: errno \(code)")
        }
        return socket
    }
}
