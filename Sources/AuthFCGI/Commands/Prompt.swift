internal import Crypto
internal import Glibc

/// Asks for secrets: on the terminal without echo, else one line of standard input. Never an argument.
struct Prompt {
    /// Where answers are read from.
    var input: Int32 = STDIN_FILENO
    /// Where questions go: standard output stays the command's answer.
    var questions: Int32 = STDERR_FILENO

    /// The longest accepted line, as for passwords in requests.
    private static let limit = 1024

    /// What Ctrl-C types.
    private static let interrupt: UInt8 = 0x03

    /// A secret that is being set: a person types it twice, a program writes it once.
    func newSecret(_ name: String) throws(CommandError) -> Secret {
        let first = try secret(name)
        guard !first.isEmpty else { throw CommandError("\(name) is empty") }
        guard isatty(input) == 1 else { return first }
        let second = try secret("\(name) again")
        guard first.equals(second) else { throw CommandError("the two differ; nothing was changed") }
        return first
    }

    /// A secret that exists.
    func secret(_ name: String) throws(CommandError) -> Secret {
        guard isatty(input) == 1 else { return try line() }
        ask("\(name): ")
        var before = termios()
        guard tcgetattr(input, &before) == 0 else { throw CommandError("the terminal does not answer") }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        // An interrupt must not leave the terminal mute: its key ends the line instead, and `line` sees it.
        silent.c_lflag &= ~tcflag_t(ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = Self.interrupt }
        guard tcsetattr(input, TCSAFLUSH, &silent) == 0 else { throw CommandError("the terminal cannot be silenced") }
        defer {
            tcsetattr(input, TCSAFLUSH, &before)
            ask("\n")
        }
        return try line()
    }

    /// Whether somebody means it: nothing but `yes` does.
    func confirm(_ consequence: String) throws(CommandError) {
        ask("\(consequence)\nType `yes` to go on: ")
        guard try line().equals(Secret("yes")) else { throw CommandError("nothing was changed") }
    }

    /// One line without its end, read byte by byte so that what follows stays for the next question.
    private func line() throws(CommandError) -> Secret {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.limit + 1)
        defer { wipe(&bytes) }
        var byte: UInt8 = 0
        while true {
            let count = read(input, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CommandError("standard input cannot be read") }
            if count == 0, bytes.isEmpty { throw CommandError("standard input ended before the answer") }
            if count == 0 || byte == 0x0A { break }
            if byte == Self.interrupt { throw CommandError("interrupted; nothing was changed") }
            guard bytes.count < Self.limit else { throw CommandError("the answer has more than \(Self.limit) bytes") }
            bytes.append(byte)
        }
        if bytes.last == 0x0D { bytes.removeLast() }
        return Secret(bytes)
    }

    private func ask(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(questions, bytes, bytes.count)
    }
}
