internal import Glibc

/// Sockets that systemd made for us (sd_listen_fds(3)); each carries the name of its pool (`FileDescriptorName=check`).
enum Activation {
    /// Empty when there are none, or when they were meant for another process.
    static func takeSockets() -> [Pool: Descriptor] {
        defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
        guard let process = getenv("LISTEN_PID").flatMap({ Int32(String(cString: $0)) }), process == getpid(),
            let names = getenv("LISTEN_FDNAMES").map({ String(cString: $0) })
        else { return [:] }
        var sockets: [Pool: Descriptor] = [:]
        for (index, name) in names.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
            guard let pool = Pool(rawValue: String(name)) else { continue }
            sockets[pool] = Descriptor(adopting: 3 + Int32(index))
        }
        return sockets
    }
}
