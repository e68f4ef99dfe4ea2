internal import Foundation
internal import Synchronization

/// Stands between the service and MariaDB on a unix socket and does what networks and servers do on bad days.
///
/// It counts what it did: a fault that did not happen proves nothing.
package final class FaultProxy: Sendable {
    /// What happens to every connection, those that are open included.
    package enum Weather: Sendable, Equatable {
        case fair
        /// Each piece of data waits so long before it goes on.
        case slow(toServer: Duration = .zero, toClient: Duration = .zero)
        /// One command or answer in so many ends its connection instead.
        case stormy(oneIn: Int)
        /// Takes connections and data, and says nothing.
        case silent
        /// Passes everything on but statements that begin like this: they are never answered.
        case deaf(to: String)
        /// Takes connections and closes them at once.
        case refusing
    }

    /// A statement that a process of the service has run.
    package struct Statement: Sendable, Equatable {
        package let process: Int32
        package let text: String
    }

    /// A statement that something happens to, once.
    package struct Snare: Sendable {
        package enum Moment: Sendable {
            /// The server never sees the statement.
            case beforeServer
            /// The server has answered, and the client never sees that.
            case beforeAnswer
        }

        package enum Act: Sendable, Equatable {
            /// Both connections end.
            case cut
            /// Nothing goes on until `release`, or until the client ends the connection.
            case hold
            /// The client's connection ends, and the server is told nothing.
            case strand
            /// The client's connection ends, and the statement reaches the server only some time later.
            case late(Duration)
        }

        /// What the statement begins with.
        package let statement: String
        package let moment: Moment
        package let act: Act
        /// Whose statements; nil for everybody's.
        var processes: Set<Int32>?
        /// How many that fit go on unharmed first.
        var spared: Int

        package init(_ statement: String, _ moment: Moment, _ act: Act, sparing spared: Int = 0) {
            self.statement = statement
            self.moment = moment
            self.act = act
            self.spared = spared
        }

        /// The same, for what these processes ask only.
        package func of(_ processes: Set<Int32>) -> Snare {
            var snare = self
            snare.processes = processes
            return snare
        }

        func fits(_ text: String, of process: Int32) -> Bool {
            text.hasPrefix(statement) && processes?.contains(process) ?? true
        }
    }

    package struct Counts: Sendable, Equatable {
        package var connections = 0
        package var open = 0
        package var delays = 0
        package var resets = 0
        package var swallowed = 0
        package var refused = 0
        /// Snares that closed.
        package var caught = 0
    }

    struct State {
        var weather = Weather.fair
        var snare: Snare?
        var isHolding = false
        var counts = Counts()
        var isOver = false
        /// Nil while nobody wants to know.
        var statements: [Statement]?
    }

    package let socket: String
    private let target: String
    private let listening: Int32
    let state = Mutex(State())

    /// - Parameter target: the socket of the server, which need not be there yet.
    package init(to target: String) throws {
        self.target = target
        socket = "/tmp/authfcgi-proxy-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        listening = UnixSocket.listen(at: socket)
        guard listening >= 0 else { throw Command.Failed(description: "the proxy cannot listen: errno \(errno)") }
        Thread.detachNewThread { [self] in accept() }
    }

    package func end() {
        state.withLock { $0.isOver = true }
        unlink(socket)
        shutdown(listening, Int32(SHUT_RDWR))
    }

    package var weather: Weather {
        get { state.withLock { $0.weather } }
        set { state.withLock { $0.weather = newValue } }
    }

    package var counts: Counts { state.withLock { $0.counts } }

    /// Lays a snare for the next statement that fits; returns how many have closed so far.
    @discardableResult
    package func lay(_ snare: Snare) -> Int {
        state.withLock { state in
            state.snare = snare
            return state.counts.caught
        }
    }

    /// Lays a snare, does what shall be caught, and waits until it is.
    package func isCaught(by snare: Snare, _ act: () throws -> Void) rethrows -> Bool {
        let before = lay(snare)
        try act()
        return eventually { counts.caught > before }
    }

    /// What the service asks of the server while something is done, in that order.
    package func statements(during act: () throws -> Void) rethrows -> [Statement] {
        state.withLock { $0.statements = [] }
        defer { state.withLock { $0.statements = nil } }
        try act()
        return state.withLock { $0.statements ?? [] }
    }

    /// Lets go on what is held.
    package func release() { state.withLock { $0.isHolding = false } }

    private func accept() {
        while true {
            let client = Glibc.accept(listening, nil, nil)
            guard client >= 0 else { break }
            let isRefused = state.withLock { state in
                state.counts.connections += 1
                if state.weather == .refusing { state.counts.refused += 1 }
                return state.weather == .refusing
            }
            let server = isRefused ? -1 : UnixSocket.connect(to: target)
            // A server that is gone looks like one to the client.
            guard server >= 0 else {
                close(client)
                continue
            }
            let connection = ProxiedConnection(client: client, server: server, proxy: self)
            let thread = Thread { connection.run() }
            thread.stackSize = 256 * 1024
            thread.start()
        }
        close(listening)
    }
}

enum UnixSocket {
    static func listen(at path: String) -> Int32 {
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        unlink(path)
        guard with(path, { bind(number, $0, $1) }) == 0, Glibc.listen(number, 128) == 0 else { return -1 }
        return number
    }

    static func connect(to path: String) -> Int32 {
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        guard with(path, { Glibc.connect(number, $0, $1) }) == 0 else {
            close(number)
            return -1
        }
        return number
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
