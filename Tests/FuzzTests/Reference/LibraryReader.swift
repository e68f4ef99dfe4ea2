import Domain
import Glibc
import Logging

@testable import AuthFCGI

/// Has libfcgi read a request that the gate let through: the library itself, over a real socket, by the worker's code.
enum LibraryReader {
    struct Reading: Equatable {
        let parameters: [Parameter: String]
        let body: Body
    }

    /// Nil when libfcgi refuses. The writing end is closed first, so that waiting for more would be an end of file
    /// and not a hang.
    static func read(_ bytes: [UInt8], body state: RecordScanner.BodyState) throws(Violation) -> Reading? {
        prepared
        var ends: [Int32] = [-1, -1]
        try hold(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, "socketpair: \(errno)")
        var isOurs = true
        defer {
            close(ends[0])
            if isOurs { close(ends[1]) }
        }
        var size = Int32(4 * RecordScanner.window)
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        try hold(send(ends[0], bytes, bytes.count, Int32(MSG_DONTWAIT)) == bytes.count, "send: \(errno)")
        shutdown(ends[0], Int32(SHUT_WR))
        let id = RequestID(trusted: [UInt8](repeating: 1, count: 16))
        guard let exchange = FastCGIExchange(on: ends[1], id: id, body: state) else {
            isOurs = false
            return nil
        }
        let request = exchange.request
        let known = Parameter.allCases.compactMap { parameter in request[parameter].map { (parameter, $0) } }
        let reading = Reading(parameters: Dictionary(uniqueKeysWithValues: known), body: request.body)
        _ = exchange.send(Response(204), log: log)
        return reading
    }

    private static let prepared: Void = {
        FastCGIExchange.prepare()
        // libfcgi has put a handler of its own in its place.
        signal(SIGPIPE, SIG_IGN)
    }()

    private static let log = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })
}
