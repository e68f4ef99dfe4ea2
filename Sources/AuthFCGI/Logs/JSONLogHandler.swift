internal import Glibc
internal import Logging

/// Writes events to standard error, one JSON object a line, each with one `write`.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let descriptor: Int32

    init(level: Logger.Level, descriptor: Int32 = STDERR_FILENO) {
        logLevel = level
        self.descriptor = descriptor
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        let line = LogLine.bytes(
            at: SystemClock().now(), level: event.level, event: event.message.description, metadata: all)
        // One call, and again only when a signal came before anything was written: a log must never block a request
        // on a damaged descriptor.
        while write(descriptor, line, line.count) < 0, errno == EINTR {}
    }
}

extension Settings.Log.Level {
    var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

extension Logger {
    /// A logger with a handler of its own: nothing depends on the process-wide bootstrap.
    static func json(label: String, level: Settings.Log.Level) -> Logger {
        Logger(label: label) { _ in JSONLogHandler(level: level.loggerLevel) }
    }
}
