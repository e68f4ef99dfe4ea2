internal import ArgumentParser
internal import Domain

/// `authfcgi scale POOL N`.
struct ScaleCommand<House: ServiceAssembly>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "scale", abstract: "Change the number of a pool's workers until the next reload.")
    }

    @OptionGroup var options: SettingsOption

    @Argument(help: "The pool: check, web, login or outbound.")
    var pool: Pool

    @Argument(help: "How many workers it shall have.")
    var workers: Int

    func run() throws {
        do {
            let settings = try House.settings(at: options.config)
            try ControlClient(runDirectory: settings.processes.runDirectory).scale(pool, to: workers)
            print("\(pool.rawValue): \(workers) workers")
        } catch {
            throw CommandFailure(error)
        }
    }
}
