internal import Logging

/// Writes events to standard error, one JSON object a line, each with one call: a log must never block a request.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let output: LogOutput

    init(level: Logger.Level, output: LogOutput = .standardError) {
        logLevel = level
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        let now = SystemClock().now()
        let line = LogLine.bytes(at: now, level: event.level, event: event.message.description, metadata: all)
        output.write(line) { dropped in
            LogLine.bytes(
                at: now, level: .warning, event: "log lines were dropped",
                metadata: metadata.merging(["dropped": .stringConvertible(dropped)]) { $1 })
        }
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
