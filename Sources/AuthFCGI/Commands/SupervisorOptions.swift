internal import ArgumentParser
internal import Domain

/// How a command finds the supervisor. It needs only a directory: whoever may ask it need not be able to read a secret.
struct SupervisorOptions: ParsableArguments {
    @OptionGroup var options: ConfigOptions

    @Option(help: "The directory of the service's sockets; else the settings name it, of which nothing else is read.")
    var runDirectory: String?

    func client() throws(CommandError) -> ControlClient {
        if let runDirectory { return ControlClient(runDirectory: runDirectory) }
        do throws(SettingsProblems) {
            let found = try SettingsFile.runDirectory(path: options.path, environment: Environment.current)
            return ControlClient(runDirectory: found)
        } catch {
            throw CommandError("\(error.description)\nor name the directory with --run-directory")
        }
    }
}

extension SettingsFile {
    /// `processes.run_directory` alone: other settings may be wrong, and no secret is looked at.
    static func runDirectory(path: String?, environment: [String: String]) throws(SettingsProblems) -> String {
        let standard = Settings().processes.runDirectory
        guard let row = SettingsTable.row("processes.run_directory") else { return standard }
        if let text = row.variables.reversed().compactMap({ environment[$0] }).first { return text }
        guard let path else { return standard }
        let file = ConfigurationFile(path: path)
        guard file.problems.isEmpty else { throw SettingsProblems(all: file.problems) }
        var settings = Settings()
        for written in file.settings where written.path == row.path { _ = row.store(written.value, &settings) }
        return settings.processes.runDirectory
    }
}
