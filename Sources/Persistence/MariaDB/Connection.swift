internal import CMariaDB
internal import Crypto
internal import Domain
internal import Glibc

/// One connection with its prepared statements; every wait in it is bounded by its limits.
///
/// Synchronous and for one thread, like the library.
final class Connection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [String: Statement] = [:]

    /// When the answer to whatever is sent must be there; without it, waits are as long as they may be.
    var deadline: ContinuousClock.Instant?
    /// Zero for ever.
    private let longestWait: Duration
    /// The same, and what the library knows, in milliseconds.
    private let longestMilliseconds: Int32
    private var wait: Int32

    /// Waits until the connection is there, within the limits.
    static func open(to settings: DatabaseSettings, limits: DatabaseLimits) throws(MariaDBError) -> Connection {
        let attempt = try ConnectionAttempt(to: settings, limits: limits)
        let patience = limits.wait == 0 ? limits.operation : .seconds(limits.wait)
        guard let connection = try attempt.advance(first: patience, next: patience, until: .now + patience) else {
            throw MariaDBError(code: 2013, state: "HY000", message: "it does not answer")
        }
        return connection
    }

    /// - Parameter longestWait: for one answer, in seconds; zero for ever.
    init(adopting handle: UnsafeMutablePointer<MYSQL>, longestWait: Int) {
        self.handle = handle
        self.longestWait = .seconds(longestWait)
        longestMilliseconds = Int32(clamping: longestWait * 1000)
        wait = longestMilliseconds
        // The library keeps a copy of the password for reconnecting, which is switched off.
        if let copy = handle.pointee.passwd { explicit_bzero(copy, strlen(copy)) }
    }

    deinit {
        statements.removeAll()
        mysql_close(handle)
    }

    /// False when the server has closed or said something unasked: an idle connection has nothing to read.
    var isQuiet: Bool {
        var descriptor = pollfd(fd: mysql_get_socket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// The statement of this text, prepared once a connection.
    func statement(_ text: String) throws(MariaDBError) -> Statement {
        if let known = statements[text] { return known }
        limitWait()
        let statement = try Statement(text, on: handle)
        statements[text] = statement
        return statement
    }

    /// Runs a statement of this text, which is prepared when it is not yet.
    func run(_ text: String, _ values: [Value]) throws(MariaDBError) -> Outcome {
        let statement = try statement(text)
        limitWait()
        return try statement.run(values)
    }

    /// Runs text without binds; what it returns is the first row.
    @discardableResult
    func run(_ text: String) throws(MariaDBError) -> [String?] {
        limitWait()
        guard mysql_real_query(handle, text, UInt(text.utf8.count)) == 0 else { throw MariaDBError(of: handle) }
        var first: [String?] = []
        repeat {
            if let result = mysql_store_result(handle) {
                if first.isEmpty, let row = mysql_fetch_row(result) {
                    first = (0..<Int(mysql_num_fields(result))).map { row[$0].map { String(cString: $0) } }
                }
                mysql_free_result(result)
            } else if mysql_errno(handle) != 0 {
                throw MariaDBError(of: handle)
            }
        } while mysql_next_result(handle) == 0
        return first
    }

    /// Has the library wait for the next answer until the deadline at most.
    private func limitWait() {
        guard let deadline, longestMilliseconds > 0 else { return }
        let left = deadline - .now
        let limit =
            left >= longestWait ? longestMilliseconds : max(1, Int32(clamping: left.microseconds / 1000))
        guard limit != wait, let channel = handle.pointee.net.pvio else { return }
        wait = limit
        channel.pointee.timeout.1 = limit
        // Under TLS the socket itself waits.
        guard channel.pointee.ctls != nil else { return }
        var time = timeval(tv_sec: Int(limit / 1000), tv_usec: Int(limit % 1000) * 1000)
        setsockopt(
            mysql_get_socket(handle), SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
}

extension MariaDBError {
    /// What went wrong last on a connection.
    init(of handle: UnsafeMutablePointer<MYSQL>) {
        self.init(
            code: mysql_errno(handle), state: String(cString: mysql_sqlstate(handle)),
            message: String(cString: mysql_error(handle)))
    }
}
