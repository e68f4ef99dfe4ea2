internal import CMariaDB
internal import Crypto
internal import Domain
internal import Glibc

/// A connection in the making.
///
/// It waits no longer than it is told to, and goes on from where it stopped when it is asked again: a server that says
/// nothing costs each request next to nothing, and one that comes back is not asked anew.
final class ConnectionAttempt {
    private let handle: UnsafeMutablePointer<MYSQL>
    private let limits: DatabaseLimits
    /// What the library keeps pointing at until it has finished: host, user, password, schema, socket.
    private var texts: [UnsafeMutablePointer<CChar>?] = []
    /// What the library waits for (`MYSQL_WAIT_…`); zero when it has finished.
    private var awaited: Int32 = 0
    private var connected: UnsafeMutablePointer<MYSQL>?
    private var isHandedOver = false
    /// When the server was last heard of, or first called.
    private(set) var movedAt = ContinuousClock.now

    private static let library: Void = { _ = mysql_server_init(0, nil, nil) }()

    init(to settings: DatabaseSettings, limits: DatabaseLimits) throws(MariaDBError) {
        ConnectionAttempt.library
        guard let handle = mysql_init(nil) else {
            throw MariaDBError(code: 2008, state: "HY000", message: "out of memory")
        }
        self.handle = handle
        self.limits = limits
        configure(settings)
        start(settings)
    }

    deinit {
        if !isHandedOver {
            // A time-out ends it where it is, and lets the library clear away what it has.
            while awaited != 0 { awaited = mysql_real_connect_cont(&connected, handle, Int32(MYSQL_WAIT_TIMEOUT)) }
            mysql_close(handle)
        }
        forgetTexts()
    }

    /// The connection once it is there; nil when it is not yet.
    ///
    /// - Parameters:
    ///   - first: how long to wait for the first thing to happen, and `next` for each thing after it.
    ///   - deadline: later than this nothing is waited for.
    func advance(
        first: Duration, next: Duration, until deadline: ContinuousClock.Instant
    ) throws(MariaDBError) -> Connection? {
        var patience = first
        while awaited != 0 {
            let occurred = waitForEvent(min(patience, deadline - .now))
            guard occurred != 0 else { return nil }
            awaited = mysql_real_connect_cont(&connected, handle, occurred)
            movedAt = .now
            patience = next
        }
        guard connected != nil else { throw MariaDBError(of: handle) }
        isHandedOver = true
        forgetTexts()
        return Connection(adopting: handle, longestWait: limits.wait)
    }

    /// What of the awaited has happened; zero for nothing.
    private func waitForEvent(_ patience: Duration) -> Int32 {
        var descriptor = pollfd(fd: mysql_get_socket(handle), events: 0, revents: 0)
        if awaited & Int32(MYSQL_WAIT_READ) != 0 { descriptor.events |= Int16(POLLIN) }
        if awaited & Int32(MYSQL_WAIT_WRITE) != 0 { descriptor.events |= Int16(POLLOUT) }
        if awaited & Int32(MYSQL_WAIT_EXCEPT) != 0 { descriptor.events |= Int16(POLLPRI) }
        guard poll(&descriptor, 1, patience.pollMilliseconds) > 0 else { return 0 }
        let events = Int32(descriptor.revents)
        var occurred: Int32 = 0
        if events & (POLLIN | POLLHUP | POLLERR) != 0 { occurred |= Int32(MYSQL_WAIT_READ) }
        if events & (POLLOUT | POLLHUP | POLLERR) != 0 { occurred |= Int32(MYSQL_WAIT_WRITE) }
        if events & POLLPRI != 0 { occurred |= Int32(MYSQL_WAIT_EXCEPT) }
        return occurred & awaited
    }

    private func configure(_ settings: DatabaseSettings) {
        mysql_options(handle, MYSQL_OPT_NONBLOCK, nil)
        set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_READ_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_WRITE_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        set(MYSQL_OPT_RECONNECT, my_bool(0))
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        mysql_options(handle, MYSQL_INIT_COMMAND, setUp)
        if settings.socket.isEmpty {
            set(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
            set(MYSQL_OPT_SSL_ENFORCE, my_bool(1))
            set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, my_bool(1))
            let authorities = settings.tlsCA.isEmpty ? "/etc/ssl/certs/ca-certificates.crt" : settings.tlsCA
            mysql_options(handle, MYSQL_OPT_SSL_CA, authorities)
        } else {
            set(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_SOCKET.rawValue)
        }
    }

    /// The whole set-up of a session, sent with the connection in one statement.
    private var setUp: String {
        let milliseconds = limits.statement.microseconds / 1000
        let seconds = "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
        let setUp = """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
            NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', \
            max_statement_time = \(seconds), innodb_lock_wait_timeout = \(limits.wait == 0 ? 50 : limits.wait)
            """
        // A client that vanished without a word holds its locks no longer than a request lasts, its place not for ever.
        return limits.wait == 0 ? setUp : setUp + ", idle_transaction_timeout = \(limits.idle), wait_timeout = 600"
    }

    private func start(_ settings: DatabaseSettings) {
        let isLocal = !settings.socket.isEmpty
        var password = (settings.password?.copyBytes() ?? []) + [0]
        defer { wipe(&password) }
        let secret = password.withUnsafeBytes { keep($0.bindMemory(to: CChar.self).baseAddress) }
        awaited = mysql_real_connect_start(
            &connected, handle, isLocal ? nil : keep(settings.host), keep(settings.user), secret,
            settings.name.isEmpty ? nil : keep(settings.name), UInt32(clamping: settings.port),
            isLocal ? keep(settings.socket) : nil, UInt(CLIENT_FOUND_ROWS))
    }

    private func keep(_ text: UnsafePointer<CChar>?) -> UnsafePointer<CChar>? {
        let copy = text.flatMap { strdup($0) }
        texts.append(copy)
        return copy.map { UnsafePointer($0) }
    }

    private func forgetTexts() {
        for text in texts.compactMap(\.self) {
            explicit_bzero(text, strlen(text))
            free(text)
        }
        texts = []
    }

    private func set<Option: BitwiseCopyable>(_ option: mysql_option, _ value: Option) {
        var value = value
        mysql_options(handle, option, &value)
    }
}

extension Duration {
    /// For `poll`: rounded up, so that a wait is not cut to nothing.
    fileprivate var pollMilliseconds: Int32 {
        self <= .zero ? 0 : Int32(clamping: (microseconds + 999) / 1000)
    }
}
