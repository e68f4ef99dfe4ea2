package import Foundation

extension Process {
    /// Runs it with no signal blocked. Tests run on threads that block them all, and a child inherits that for good: a
    /// shell could then be ended by nothing but SIGKILL.
    package func start() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
