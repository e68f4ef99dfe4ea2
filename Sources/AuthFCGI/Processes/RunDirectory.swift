internal import CSystem
internal import Domain
internal import Glibc

/// The directory of the sockets, and the lock that one supervisor has.
struct RunDirectory {
    private let path: String
    /// The group that may connect; nil keeps the service's own.
    private let group: UInt32?

    /// Makes the directory when it is not there; one that is there keeps the mode that the operator gave it.
    init(_ settings: Settings.Processes) throws(Failure) {
        path = settings.runDirectory
        if settings.socketGroup.isEmpty {
            group = nil
        } else {
            guard let number = UInt32(exactly: system_group(settings.socketGroup)) else {
                throw .system("processes.socket_group: there is no group \(settings.socketGroup)")
            }
            group = number
        }
        // Without a group of its own the web server still has to pass through; the sockets' modes keep others out.
        if mkdir(path, group == nil ? 0o711 : 0o750) == 0 {
            try give(path)
        } else if errno != EEXIST {
            throw .system("mkdir \(path)", code: errno)
        }
    }

    /// Throws when another supervisor uses the directory. The lock ends with the descriptor, however that ends.
    func lock() throws(Failure) -> Descriptor {
        let file = path + "/authfcgi.lock"
        let lock = try Descriptor(open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600), from: "open \(file)")
        guard system_lock(lock.number) == 0 else {
            throw .system("another supervisor runs in \(path): \(file) is locked")
        }
        // For scripts that have a signal to send; while the lock is held, the number in it is right.
        let process = Array("\(getpid())\n".utf8)
        guard ftruncate(lock.number, 0) == 0, pwrite(lock.number, process, process.count, 0) == process.count else {
            throw .system("write \(file)", code: errno)
        }
        return lock
    }

    static func socketPath(of pool: Pool, in directory: String) -> String { "\(directory)/\(pool.rawValue).sock" }
    static func slotsPath(in directory: String) -> String { directory + "/hash.slots" }
    static func controlPath(in directory: String) -> String { directory + "/control.sock" }

    /// Removes what a supervisor made there for itself and these pools; the lock's file stays for the next one.
    static func clear(_ directory: String, of pools: some Sequence<Pool>) {
        for pool in pools { unlink(socketPath(of: pool, in: directory)) }
        unlink(controlPath(in: directory))
        unlink(slotsPath(in: directory))
    }

    func listen(for pool: Pool, backlog: Int32) throws(Failure) -> Descriptor {
        try listen(at: Self.socketPath(of: pool, in: path), sequenced: false, mode: 0o660, backlog: backlog)
    }

    func listenForControl() throws(Failure) -> Descriptor {
        try listen(at: Self.controlPath(in: path), sequenced: true, mode: 0o600, backlog: 16)
    }

    /// Makes the socket under another name and moves it into place, so that nobody ever sees it missing or with another
    /// mode. What stood there belonged to a supervisor that is gone, for this one has the lock.
    private func listen(at path: String, sequenced: Bool, mode: UInt32, backlog: Int32) throws(Failure) -> Descriptor {
        let unfinished = path + ".new"
        // The room in sockaddr_un, less the final zero.
        guard unfinished.utf8.count <= 107 else {
            throw .system("processes.run_directory is too long: \(path) must have at most 103 bytes")
        }
        unlink(unfinished)
        let listening = try Descriptor(
            system_listen(unfinished, sequenced ? 1 : 0, mode, backlog), from: "listen \(path)")
        if mode & 0o060 != 0 { try give(unfinished) }
        guard rename(unfinished, path) == 0 else { throw .system("rename \(path)", code: errno) }
        return listening
    }

    private func give(_ file: String) throws(Failure) {
        guard let group else { return }
        guard chown(file, uid_t.max, group) == 0 else { throw .system("chown \(file)", code: errno) }
    }
}
