internal import ArgumentParser
internal import Domain
internal import Logging

/// `authfcgi worker`: what the supervisor starts; not for people.
struct WorkerCommand<House: ServiceAssembly>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "worker", abstract: "Answer the requests of one pool.", shouldDisplay: false)
    }

    @OptionGroup var options: SettingsOption

    @Option(help: "The pool to work in.")
    var pool: Pool

    @Option(help: "The process that started this one.")
    var supervisor: Int32

    func run() throws {
        do {
            let settings = try House.settings(at: options.config)
            var log = House.logger(settings, label: "worker")
            log[metadataKey: "pool"] = "\(pool.rawValue)"
            try House.work(as: WorkerProcess(pool: pool, supervisor: supervisor), settings, log)
        } catch {
            throw CommandFailure(error)
        }
    }
}
