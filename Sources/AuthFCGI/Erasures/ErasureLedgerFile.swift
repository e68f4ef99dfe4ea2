internal import Crypto
internal import Domain
internal import Glibc

/// The ledger as a file, to which lines are only ever added. It stands outside of the database, so a backup of that does
/// not take it back; it names nobody but by ids that nothing else knows.
struct ErasureLedgerFile: ErasureLedger {
    let path: String
    let keyring: Keyring

    func note(_ erasure: Erasure) throws(Failure) {
        let file = try opened()
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Failure.unusable("accounts.erasure_ledger: \(path) is not a file, so nobody is erased")
        }
        // The janitor and an operator may come at once; the lock ends with the descriptor.
        guard flock(file, LOCK_EX) == 0, fstat(file, &status) == 0 else { throw notWritten() }
        var line = ErasureLine.text(of: erasure, with: keyring) + "\n"
        // A line that a crash left in part does not take the next one with it.
        var last = UInt8(ascii: "\n")
        guard status.st_size == 0 || pread(file, &last, 1, status.st_size - 1) == 1 else { throw notWritten() }
        if last != UInt8(ascii: "\n") { line = "\n" + line }
        let bytes = Array(line.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else { throw notWritten() }
        if status.st_size == 0 { try syncDirectory() }
    }

    /// Calls back with each line that has something on it, and its number from 1 on.
    func read(
        _ body: (_ number: Int, _ line: Result<Erasure, ErasureLine.Problem>) throws(Failure) -> Void
    ) throws(Failure) {
        guard let stream = fopen(path, "re") else {
            throw .unusable("accounts.erasure_ledger: \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(stream) }
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        var number = 0
        while true {
            let count = getline(&buffer, &capacity, stream)
            guard count > 0, let buffer else { break }
            number += 1
            let bytes = UnsafeRawBufferPointer(start: buffer, count: count)
            let line = String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
            if line.isEmpty { continue }
            let parsed: Result<Erasure, ErasureLine.Problem>
            do throws(ErasureLine.Problem) {
                parsed = .success(try ErasureLine.parse(line, with: keyring))
            } catch {
                parsed = .failure(error)
            }
            try body(number, parsed)
        }
        guard ferror(stream) == 0 else { throw .unusable("accounts.erasure_ledger: \(path) cannot be read to its end") }
    }

    /// Whether a line could be added, as far as one can see; else what to do.
    static func problem(at path: String) -> String? {
        let (isThere, directory) = (access(path, F_OK) == 0, directory(of: path))
        guard access(isThere ? path : directory, W_OK) != 0 else { return nil }
        return "accounts.erasure_ledger: \(isThere ? path : directory) cannot be written, so nobody can be erased; "
            + "make the directory, and give it to the service's user"
    }

    /// Nothing follows a link, which another user may have put there.
    private func opened() throws(Failure) -> Int32 {
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let existing = open(path, flags)
        if existing >= 0 { return existing }
        guard errno == ENOENT else { throw notWritten() }
        let made = open(path, flags | O_CREAT | O_EXCL, 0o600)
        if made < 0, errno == EEXIST {
            let other = open(path, flags)
            guard other >= 0 else { throw notWritten() }
            return other
        }
        guard made >= 0 else { throw notWritten() }
        // Made by root, it would be closed to the service.
        var status = stat()
        if geteuid() == 0, stat(directory, &status) == 0 { fchown(made, status.st_uid, status.st_gid) }
        return made
    }

    private func syncDirectory() throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw notWritten() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw notWritten() }
    }

    private var directory: String { Self.directory(of: path) }

    private static func directory(of path: String) -> String {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return parent.isEmpty ? "/" : parent
    }

    private func notWritten() -> Failure {
        .unusable(
            "accounts.erasure_ledger: \(path) cannot be written, so nobody is erased: \(String(cString: strerror(errno)))"
        )
    }
}
