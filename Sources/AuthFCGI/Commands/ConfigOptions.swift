internal import ArgumentParser
internal import Domain
internal import Glibc

/// Where a command finds its settings; every command that needs them has these options.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The settings file; else $AUTHFCGI_CONFIG, else \(SettingsFile.standardPath) when it is there.")
    var config: String?

    /// The file that is read; nil when nobody named one and the standard one is not there.
    var path: String? {
        config ?? Environment.current["AUTHFCGI_CONFIG"]
            ?? (access(SettingsFile.standardPath, F_OK) == 0 ? SettingsFile.standardPath : nil)
    }

    /// The settings, or the end of the command with one line for everything that is wrong with them.
    func settings() throws(CommandError) -> Settings {
        try read().settings
    }

    /// The same, and what was written in all sources.
    func read() throws(CommandError) -> (settings: Settings, written: [WrittenSetting]) {
        do throws(SettingsProblems) {
            return try SettingsFile.read(path: path, environment: Environment.current)
        } catch {
            throw CommandError(error.description)
        }
    }
}

/// The variables this process was started with.
enum Environment {
    static var current: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee.map({ String(cString: $0) }) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}

/// Ends a command with exit status 1 and a text on standard error.
struct CommandError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ failure: Failure) {
        switch failure {
        case .refused(let refusal): description = "refused: \(refusal.code)"
        case .fault(let fault): description = fault.summary
        }
    }
}
