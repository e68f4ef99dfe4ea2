internal import ArgumentParser
internal import Domain
internal import Logging

/// `authfcgi worker`: what the supervisor starts; not for people.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Do the work of one pool.", shouldDisplay: false)

    @Option(help: "The pool to work in.")
    var pool: Pool

    @Option(help: "The process that started this one.")
    var supervisor: Int32

    func run() throws {
        let settings = try telling { () throws(Failure) in try WorkerProcess.settings() }
        var log = Wiring.logger(settings, label: "worker")
        log[metadataKey: "pool"] = "\(pool.rawValue)"
        let process = WorkerProcess(pool: pool, supervisor: supervisor)
        try telling { () throws(Failure) in
            switch pool {
            case .courier: try Wiring.deliver(as: process, settings, log)
            case .janitor: try Wiring.tidy(as: process, settings, log)
            case .check, .web, .login, .outbound: try Wiring.work(as: process, settings, log)
            }
        }
    }
}
