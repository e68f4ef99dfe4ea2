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

    private static let library: Void = { _ = mysql_server_init(0, nil, nil) }()

    init(to settings: DatabaseSettings, limits: DatabaseLimits) throws(MariaDBError) {
        Connection.library
        guard let handle = mysql_init(nil) else {
            throw MariaDBError(code: 2008, state: "HY000", message: "out of memory")
        }
        self.handle = handle
        configure(settings, limits)
        try connect(settings)
        // The library keeps a copy of the password for reconnecting, which is switched off.
        if let copy = handle.pointee.passwd { explicit_bzero(copy, strlen(copy)) }
    }

    deinit {
        statements.removeAll()
        mysql_close(handle)
    }

    private func configure(_ settings: DatabaseSettings, _ limits: DatabaseLimits) {
        set(MYSQL_OPT_CONNECT_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_READ_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_WRITE_TIMEOUT, UInt32(limits.wait))
        set(MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        set(MYSQL_OPT_RECONNECT, my_bool(0))
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        mysql_options(handle, MYSQL_INIT_COMMAND, Connection.setUp(limits))
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
    private static func setUp(_ limits: DatabaseLimits) -> String {
        let milliseconds = limits.statement.microseconds / 1000
        let seconds = "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
        return """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
            NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', \
            max_statement_time = \(seconds), innodb_lock_wait_timeout = \(limits.wait == 0 ? 50 : limits.wait)
            """
    }

    private func connect(_ settings: DatabaseSettings) throws(MariaDBError) {
        var password = (settings.password?.copyBytes() ?? []) + [0]
        defer { wipe(&password) }
        let connected = password.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { password in
                mysql_real_connect(
                    handle, settings.socket.isEmpty ? settings.host : nil, settings.user, password.baseAddress,
                    settings.name.isEmpty ? nil : settings.name, UInt32(clamping: settings.port),
                    settings.socket.isEmpty ? nil : settings.socket, UInt(CLIENT_FOUND_ROWS))
            }
        }
        if connected == nil { throw error }
    }

    private func set<Option: BitwiseCopyable>(_ option: mysql_option, _ value: Option) {
        var value = value
        mysql_options(handle, option, &value)
    }

    /// False when the server has closed or said something unasked: an idle connection has nothing to read.
    var isQuiet: Bool {
        var descriptor = pollfd(fd: mysql_get_socket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// The statement of this text, prepared once a connection.
    func statement(_ text: String) throws(MariaDBError) -> Statement {
        if let known = statements[text] { return known }
        let statement = try Statement(text, on: handle)
        statements[text] = statement
        return statement
    }

    /// Runs text without binds and without a result: transactions, and the statements of scripts.
    func run(_ text: String) throws(MariaDBError) {
        guard mysql_real_query(handle, text, UInt(text.utf8.count)) == 0 else { throw error }
        repeat {
            if let result = mysql_store_result(handle) {
                mysql_free_result(result)
            } else if mysql_errno(handle) != 0 {
                throw error
            }
        } while mysql_next_result(handle) == 0
    }

    private var error: MariaDBError {
        MariaDBError(
            code: mysql_errno(handle), state: String(cString: mysql_sqlstate(handle)),
            message: String(cString: mysql_error(handle)))
    }
}
