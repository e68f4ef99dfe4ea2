internal import CSystem
internal import Glibc

/// Puts this process behind everybody else on the machine who wants a processor.
///
/// Where the kernel groups processes by session (autogroup, sched(7)), what `setpriority` says holds within the session only:
/// a worker that hashes would be behind the service's own workers, and beside nginx and the database as if it were as urgent
/// as they. So it gets a session for itself, and that is nice too.
struct Niceness: ~Copyable {
    private let value: Int32
    /// Where the kernel is told, until it was.
    private var autogroup: Descriptor?

    /// To be called before the kernel refuses the process its own files in `/proc`, as it does when it may not be dumped.
    ///
    /// - Parameter value: 1 to 19, as `nice` has it.
    init(_ value: Int32) {
        self.value = value
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, value)
        // Whoever leads a group of processes cannot leave its session, and would make all others of it nice.
        guard setsid() >= 0 else { return }
        let number = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC)
        // There is no such file where the kernel does not group, and then there is nothing to do.
        if number >= 0 { autogroup = Descriptor(adopting: number) }
        settle()
    }

    /// Tries again what the kernel put off: it takes a new value ten times a second, from all processes together.
    mutating func settle() {
        guard let autogroup else { return }
        let text = String(value)
        let count = write(autogroup.number, text, text.utf8.count)
        if count >= 0 || errno != EAGAIN { self.autogroup = nil }
    }
}
