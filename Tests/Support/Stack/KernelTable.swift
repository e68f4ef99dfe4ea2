import Glibc

/// A table of the kernel, like `/proc/net/tcp`.
///
/// Foundation reads no more than one piece of a file whose size it cannot see.
package enum KernelTable {
    package static func lines(of path: String) throws -> [Substring] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Command.Failed(description: "\(path) cannot be read") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
