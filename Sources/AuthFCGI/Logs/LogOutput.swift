internal import CSystem
internal import Glibc
internal import Synchronization

/// Where lines go that must never hold up who writes them: a line that nobody takes now is dropped and counted.
///
/// Who reads may stand still: a pager, a halted terminal, a journal whose disk hangs. What then fills up is shared with
/// others, so it is not made non-blocking itself: the shell that started us has it too.
final class LogOutput: Sendable {
    static let standardError = LogOutput(STDERR_FILENO)

    private enum Way {
        /// A file, or what does not block: written as it is.
        case plain
        /// A socket can be told each time not to wait.
        case socket
        /// A pipe or terminal, opened once more for us alone, without blocking.
        case own(Descriptor)
        /// A pipe or terminal that another user made and we may not open: asked before each line.
        case asked
    }

    private struct State {
        var dropped = 0
        /// Whether only the beginning of the last line could be written.
        var isTorn = false
    }

    private let descriptor: Int32
    private let way: Way
    private let state = Mutex(State())

    /// - Parameter reopens: whether a pipe is opened once more, where that is allowed.
    init(_ descriptor: Int32, reopens: Bool = true) {
        self.descriptor = descriptor
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
        if kind == S_IFSOCK {
            way = .socket
        } else if kind == S_IFIFO || isatty(descriptor) == 1 {
            let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            let own = reopens ? open("/proc/self/fd/\(descriptor)", flags) : -1
            way = own < 0 ? .asked : .own(Descriptor(adopting: own))
        } else {
            way = .plain
        }
    }

    /// Writes a line, its end included; before it, when lines were dropped, one that says how many.
    func write(_ line: [UInt8], note: (_ dropped: Int) -> [UInt8]) {
        state.withLock { state in
            if state.dropped > 0 {
                guard put(note(state.dropped), &state) else {
                    state.dropped += 1
                    return
                }
                state.dropped = 0
            }
            if !put(line, &state) { state.dropped += 1 }
        }
    }

    private func put(_ line: [UInt8], _ state: inout State) -> Bool {
        // The rest of a torn line is worth nothing, and others may have written behind it: a new one begins.
        let bytes = state.isTorn ? [0x0A] + line : line
        let count = send(bytes)
        if count > 0 { state.isTorn = bytes[count - 1] != 0x0A }
        return count == bytes.count
    }

    /// How much was taken at once.
    private func send(_ bytes: [UInt8]) -> Int {
        while true {
            let count =
                switch way {
                case .plain: Glibc.write(descriptor, bytes, bytes.count)
                case .socket: Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                case .own(let own): Glibc.write(own.number, bytes, bytes.count)
                case .asked: system_takes_line(descriptor) == 1 ? Glibc.write(descriptor, bytes, bytes.count) : 0
                }
            if count >= 0 || errno != EINTR { return count }
        }
    }
}
