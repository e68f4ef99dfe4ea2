internal import Foundation

/// One request of a storm: whole bytes that ask for the connection to be closed, from one loopback address.
package struct StormRequest: Sendable {
    package let kind: String
    package let source: String
    package let bytes: [UInt8]

    package init(_ kind: String, from source: String, _ bytes: [UInt8]) {
        self.kind = kind
        self.source = source
        self.bytes = bytes
    }
}

package struct StormAnswer: Sendable {
    package let kind: String
    /// Nil when there was none.
    package let status: Int?
    /// From the connect to the end of the answer.
    package let time: Duration
    /// When the connect began.
    package let began: ContinuousClock.Instant
}

/// Requests that come at a steady rate, whatever becomes of those before.
package struct StormStream {
    package let perSecond: Double
    package let make: (Int) -> StormRequest

    package init(perSecond: Double, make: @escaping (Int) -> StormRequest) {
        self.perSecond = perSecond
        self.make = make
    }
}

/// Hundreds of clients in one thread, each with an address of its own: so that they take little of the machine that
/// they storm.
package struct StormClient {
    private struct Exchange {
        let request: StormRequest
        let begin: ContinuousClock.Instant
        var isSent = false
        var received: [UInt8] = []
    }

    private static let patience = Duration.seconds(10)
    private let port: Int
    private var open: [Int32: Exchange] = [:]
    private var answers: [StormAnswer] = []

    package init(port: Int) {
        self.port = port
    }

    /// Sends what is due for so many seconds, and waits for the last answers.
    package mutating func run(seconds: Double, _ streams: [StormStream]) -> [StormAnswer] {
        let begin = ContinuousClock.now
        var sent = [Int](repeating: 0, count: streams.count)
        while true {
            let now = (ContinuousClock.now - begin).milliseconds / 1000
            if now >= seconds, open.isEmpty { return answers }
            for (index, stream) in streams.enumerated() where now < seconds {
                while Double(sent[index]) <= now * stream.perSecond {
                    connect(stream.make(sent[index]))
                    sent[index] += 1
                }
            }
            wait()
        }
    }

    private mutating func connect(_ request: StormRequest) {
        let begin = ContinuousClock.now
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        let bound = LoopbackAddress.with(request.source, 0) { bind(socket, $0, $1) }
        let connected = LoopbackAddress.with("127.0.0.1", port) { Glibc.connect(socket, $0, $1) }
        guard socket >= 0, bound == 0, connected == 0 || errno == EINPROGRESS else {
            close(socket)
            return answers.append(StormAnswer(kind: request.kind, status: nil, time: .now - begin, began: begin))
        }
        open[socket] = Exchange(request: request, begin: begin)
    }

    /// Waits a millisecond at most, and goes on with whoever has something.
    private mutating func wait() {
        var watched = open.map { pollfd(fd: $0.key, events: Int16($0.value.isSent ? POLLIN : POLLOUT), revents: 0) }
        poll(&watched, nfds_t(watched.count), 1)
        let now = ContinuousClock.now
        for entry in watched {
            if entry.revents != 0 { advance(entry.fd) }
            if let exchange = open[entry.fd], now - exchange.begin > Self.patience { end(entry.fd, status: nil) }
        }
    }

    private mutating func advance(_ socket: Int32) {
        guard var exchange = open[socket] else { return }
        if !exchange.isSent {
            let bytes = exchange.request.bytes
            guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
                return end(socket, status: nil)
            }
            exchange.isSent = true
            open[socket] = exchange
            return
        }
        var chunk = [UInt8](repeating: 0, count: 8192)
        let count = recv(socket, &chunk, chunk.count, 0)
        if count > 0 {
            open[socket]?.received += chunk[..<count]
        } else if count == 0 || errno != EAGAIN {
            // `HTTP/1.1 NNN`
            let status = String(decoding: exchange.received.dropFirst(9).prefix(3), as: UTF8.self)
            end(socket, status: Int(status))
        }
    }

    private mutating func end(_ socket: Int32, status: Int?) {
        close(socket)
        guard let exchange = open.removeValue(forKey: socket) else { return }
        answers.append(
            StormAnswer(kind: exchange.request.kind, status: status, time: .now - exchange.begin, began: exchange.begin)
        )
    }
}

/// Figures of answers of one kind.
package struct StormFigures {
    package let count: Int
    package let p50: Duration
    package let p99: Duration
    package let longest: Duration

    package init(_ answers: [StormAnswer]) {
        let times = answers.map(\.time).sorted()
        count = times.count
        p50 = LoadSummary.percentile(50, of: times)
        p99 = LoadSummary.percentile(99, of: times)
        longest = times.last ?? .zero
    }
}

extension StormFigures: CustomStringConvertible {
    package var description: String {
        let figures = [p50, p99, longest].map { String(format: "%.1f", $0.milliseconds) }
        return "\(count), p50 \(figures[0]) ms, p99 \(figures[1]) ms, longest \(figures[2]) ms"
    }
}
