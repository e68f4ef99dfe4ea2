internal import ArgumentParser
internal import Domain

/// `authfcgi scale POOL N`.
struct ScaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Change the number of a pool's workers until the next reload.")

    @OptionGroup var supervisor: SupervisorOptions

    @Argument(help: "The pool: check, web, login or outbound.")
    var pool: Pool

    @Argument(help: "How many workers it shall have.")
    var workers: Int

    func run() throws {
        let client = try supervisor.client()
        try telling { () throws(Failure) in try client.scale(pool, to: workers) }
        print("\(pool.rawValue): \(workers) workers")
    }
}

extension Pool: ExpressibleByArgument {}
