internal import ArgumentParser
internal import Domain
internal import Glibc
internal import Logging

/// `authfcgi serve`: the supervisor, in the foreground.
struct ServeCommand<House: ServiceAssembly>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "serve", abstract: "Run the service in the foreground: SIGHUP reloads, SIGTERM ends it.")
    }

    @OptionGroup var options: SettingsOption

    func run() throws {
        do {
            let settings = try House.settings(at: options.config)
            let log = House.logger(settings, label: "supervisor")
            let program = try Program(settingsPath: options.config)
            let supervisor = try Supervisor(
                settings: settings.processes, program: program, log: log, handover: try takeHandover())
            try supervisor.run()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// What the supervisor left that this one was before a reload.
    private func takeHandover() throws(Failure) -> Handover? {
        guard let text = getenv(Handover.variable).map({ String(cString: $0) }) else { return nil }
        unsetenv(Handover.variable)
        guard let handover = Handover(text) else { throw .defect("\(Handover.variable) is not readable") }
        return handover
    }
}
