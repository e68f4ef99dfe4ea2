/// A class of cost with workers of its own.
enum Pool: String, Sendable, CaseIterable {
    /// Microseconds: nginx asks before every protected request.
    case check
    /// Milliseconds: database work.
    case web
    /// A tenth of a second: Argon2id.
    case login
    /// Seconds: other people's servers.
    case outbound
    /// Seconds: mail, which nobody waits for.
    case courier
    /// Minutes: what has expired, which nobody waits for either.
    case janitor

    /// Those that answer requests: each has a socket, and a secret that nginx knows.
    static let serving: [Pool] = [.check, .web, .login, .outbound]

    var isServing: Bool { Pool.serving.contains(self) }
}
