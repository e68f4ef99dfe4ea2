internal import Domain
internal import Logging

/// What the process commands need of the rest of the program.
protocol ServiceAssembly {
    static func settings(at path: String) throws(Failure) -> Settings
    static func logger(_ settings: Settings, label: String) -> Logger
    /// Makes what answers requests, and calls `process.run` with it; returns when the worker has left.
    static func work(as process: WorkerProcess, _ settings: Settings, _ log: Logger) throws(Failure)
}
