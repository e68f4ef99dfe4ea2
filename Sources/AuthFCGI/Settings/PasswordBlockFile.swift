internal import Crypto
internal import Domain
internal import Glibc

/// The operator's file of refused passwords: the first digits of their SHA-1 hashes in hexadecimal, one a line, all
/// of one length (10 to 40 digits), sorted, each line ended by a line feed.
///
/// A collection of a thousand million hashes is several gigabytes, so nothing is loaded: a look-up is a binary search
/// that reads some thirty lines. It reads and does not map, because a mapped file that somebody shortens kills the
/// process. With ten digits such a collection refuses one innocent password in a thousand; with sixteen none.
struct PasswordBlockFile: PasswordBlockList {
    /// Why the file is not accepted.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private final class Descriptor: Sendable {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(number) }
    }

    private static let samples = 64

    private let file: Descriptor
    private let digits: Int
    private let lines: Int

    /// Opens the file and reads its first line, its last and some between: they must have the right form and order.
    init(path: String) throws(Problem) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw Problem(description: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        file = Descriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(description: "\(path) is not a file")
        }
        let size = Int(status.st_size)
        let start = PasswordBlockFile.read(number, count: min(size, SHA1.size * 2 + 1), at: 0) ?? []
        digits = start.prefix(while: PasswordBlockFile.isDigit).count
        guard (10...SHA1.size * 2).contains(digits), size.isMultiple(of: digits + 1) else {
            throw Problem(
                description: "\(path): every line must be the same 10 to 40 hexadecimal digits of a SHA-1 hash")
        }
        lines = size / (digits + 1)
        var previous: [UInt8] = []
        for index in Set((0...PasswordBlockFile.samples).map { (lines - 1) * $0 / PasswordBlockFile.samples }).sorted()
        {
            guard let line = line(index) else {
                throw Problem(description: "\(path): line \(index + 1) is not \(digits) hexadecimal digits")
            }
            guard previous.lexicographicallyPrecedes(line) else {
                throw Problem(
                    description: "\(path): line \(index + 1) is out of order; sort the file with `LC_ALL=C sort -u`")
            }
            previous = line
        }
    }

    func contains(sha1: [UInt8]) throws(Failure) -> Bool {
        let wanted = Array(Hex.encode(sha1).utf8.prefix(digits))
        var low = 0
        var high = lines
        while low < high {
            let middle = low + (high - low) / 2
            guard let line = line(middle) else { throw .defect("the password block list changed while it was in use") }
            if line == wanted { return true }
            if line.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// The digits of a line in lower case; nil when it is no line of the right form.
    private func line(_ index: Int) -> [UInt8]? {
        guard let line = PasswordBlockFile.read(file.number, count: digits + 1, at: index * (digits + 1)),
            line.last == UInt8(ascii: "\n"), line.dropLast().allSatisfy(PasswordBlockFile.isDigit)
        else { return nil }
        return line.dropLast().map { $0 | 0x20 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        Character(Unicode.Scalar(byte)).isHexDigit
    }

    private static func read(_ file: Int32, count: Int, at offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(file, &bytes, count, offset) == count ? bytes : nil
    }
}
