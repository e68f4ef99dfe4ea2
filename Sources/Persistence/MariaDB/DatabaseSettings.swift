package import Crypto
internal import Domain

/// How to reach the database: by a unix socket, or by TCP with TLS and a verified name; never by plain TCP.
package struct DatabaseSettings: Sendable {
    /// The path of a unix socket; when empty, host and port are used.
    package var socket: String
    package var host: String
    package var port: Int
    /// The schema; empty for none.
    package var name: String
    package var user: String
    package var password: Secret?
    /// A file of certificates that vouch for the server; empty for the system's.
    package var tlsCA: String

    package init(
        socket: String, host: String = "", port: Int = 3306, name: String, user: String, password: Secret?,
        tlsCA: String = ""
    ) {
        self.socket = socket
        self.host = host
        self.port = port
        self.name = name
        self.user = user
        self.password = password
        self.tlsCA = tlsCA
    }

    /// For messages to the operator.
    var place: String { socket.isEmpty ? "\(host):\(port)" : socket }
}

/// How long the database may take.
package struct DatabaseLimits: Sendable {
    /// Whole seconds for one wait: for a connection, or for an answer. Zero waits for ever.
    package let wait: Int
    /// For one statement, as the server counts it. Zero means no limit.
    package let statement: Duration
    /// For one operation of the store from its beginning to its end.
    package let operation: Duration
    /// For all operations of one request together, less the time that it waited for a worker.
    package let request: Duration

    package init(wait: Int, statement: Duration, operation: Duration, request: Duration) {
        self.wait = wait
        self.statement = statement
        self.operation = operation
        self.request = request
    }

    /// What a request can bear: it ends within two seconds, whatever the database does.
    package static let service = DatabaseLimits(
        wait: 1, statement: .milliseconds(900), operation: .milliseconds(1900), request: .milliseconds(1900))

    /// For migrations and scripts, which take as long as they take.
    package static let none = DatabaseLimits(
        wait: 0, statement: .zero, operation: .days(366), request: .days(366))

    /// From here on a wait without an answer says that the database hangs. The server's own limit ends a statement a
    /// little sooner than ours, and half of ours may be all that a request has left.
    var longWait: Duration { wait == 0 ? operation : .seconds(wait) / 2 }

    /// Whole seconds after which the server ends a transaction whose client says nothing more.
    var idle: Int64 { max(1, operation.secondsRoundedUp) }
}
