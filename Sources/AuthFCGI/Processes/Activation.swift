internal import Glibc

/// Sockets that systemd made for us (sd_listen_fds(3)); each carries the name of its pool (`FileDescriptorName=check`).
enum Activation {
    /// Made not to block: of several workers that wake for one connection, all but one find none.
    ///
    /// Empty when there are none, or when they were meant for another process.
    static func takeSockets() -> [Pool: Descriptor] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        guard let process = getenv("LISTEN_PID").flatMap({ Int32(String(cString: $0)) }), process == getpid(),
            let count = getenv("LISTEN_FDS").flatMap({ Int(String(cString: $0)) }),
            let names = getenv("LISTEN_FDNAMES").map({ String(cString: $0) })
        else { return [:] }
        var sockets: [Pool: Descriptor] = [:]
        let named = names.split(separator: ":", omittingEmptySubsequences: false).prefix(max(0, count))
        for (index, name) in named.enumerated() {
            guard let pool = Pool(rawValue: String(name)) else { continue }
            let number = 3 + Int32(index)
            guard fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) == 0 else { continue }
            sockets[pool] = Descriptor(adopting: number)
        }
        return sockets
    }
}
