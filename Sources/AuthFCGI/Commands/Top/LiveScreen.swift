internal import CSystem
internal import Domain
internal import Glibc

/// A terminal that shows one frame after the other, and is left as it was found.
struct LiveScreen: ~Copyable {
    enum Event {
        case key(UInt8)
        /// Somebody wants this process to end.
        case end
        case time
    }

    private let before: termios
    private let signals: Descriptor

    /// Nil when this is no terminal.
    init?() throws(Failure) {
        var state = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &state) == 0 else {
            return nil
        }
        before = state
        signals = try .signals([SIGINT, SIGTERM, SIGHUP, SIGQUIT])
        // Keys come one by one and are not shown. Ctrl-C and Ctrl-Z are keys: nothing may stop us in this state.
        state.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
        // The other screen, without a cursor: what stood on this one comes back afterwards.
        Self.put("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit {
        Self.put("\u{1B}[?25h\u{1B}[?1049l")
        var state = before
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
    }

    /// Draws over the frame before, cut to what the terminal has room for.
    func show(_ lines: [String]) {
        let (rows, columns) = Self.size
        let shown = lines.prefix(rows).map { "\($0.prefix(columns))\u{1B}[K" }
        Self.put("\u{1B}[H" + shown.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// What happens first, in so many milliseconds.
    func wait(milliseconds: Int64) -> Event {
        var watched = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, 2, Int32(clamping: max(0, milliseconds))) > 0 else { return .time }
        if watched[1].revents != 0 { return .end }
        var key: UInt8 = 0
        return read(STDIN_FILENO, &key, 1) == 1 ? .key(key) : .end
    }

    private static var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private static func put(_ text: String) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            written += count
        }
    }
}
