/// A class of cost with a socket and workers of its own.
enum Pool: String, Sendable, CaseIterable {
    /// Microseconds: nginx asks before every protected request.
    case check
    /// Milliseconds: database work.
    case web
    /// A tenth of a second: Argon2id.
    case login
    /// Seconds: other people's servers.
    case outbound
}
