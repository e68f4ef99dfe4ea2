internal import CSodium

/// libsodium, initialised once a process before its first use.
enum Sodium {
    /// Traps when the library cannot start: without a random source nothing here may run.
    static let ready: Void = {
        precondition(sodium_init() >= 0, "libsodium could not be initialised")
    }()
}
