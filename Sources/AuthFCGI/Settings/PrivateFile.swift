internal import Crypto
internal import Glibc

/// A file that holds a secret, read only when nobody but its owner can read it (security X1).
enum PrivateFile {
    /// Why a file is not used; the text says what to do and never quotes the file.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private static let limit = 64 * 1024

    /// Reads the whole file. The check is made on the opened file, so nobody can exchange it in between.
    static func read(_ path: String) throws(Problem) -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem(description: "\(path) cannot be read: \(reason())") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(description: "\(path) is not a file")
        }
        guard isPrivate(status) else {
            throw Problem(description: "\(path) can be read by others; do `chmod 0400 \(path)`")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() || geteuid() == 0 else {
            throw Problem(description: "\(path) belongs to another user; give it to root or to the service's user")
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        defer { wipe(&bytes) }
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), limit + 1 - count)
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw Problem(description: "\(path) cannot be read: \(reason())")
            }
            count += got
        }
        guard count <= limit else { throw Problem(description: "\(path) is larger than \(limit) bytes") }
        return Secret(bytes[..<count])
    }

    /// The same without the line break that editors leave at the end.
    static func readLine(_ path: String) throws(Problem) -> Secret {
        let content = try read(path)
        var bytes = content.copyBytes()
        defer { wipe(&bytes) }
        let line = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
        return Secret(line.last == 0x0D ? line.dropLast() : line)
    }

    /// Whether nobody but owner and root can read the file. Root's group may: an access list, as systemd's
    /// credentials have one, shows as group bits.
    static func isPrivate(_ status: stat) -> Bool {
        let others: mode_t = 0o007
        let group: mode_t = status.st_gid == 0 ? 0o030 : 0o070
        return status.st_mode & (others | group) == 0
    }

    /// The same for a path; true when there is no such file.
    static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 || isPrivate(status)
    }

    /// Whether the file is there for others than us.
    static func isForbidden(_ path: String) -> Bool { access(path, R_OK) != 0 && errno == EACCES }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
