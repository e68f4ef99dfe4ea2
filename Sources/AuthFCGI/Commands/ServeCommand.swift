internal import ArgumentParser
internal import Domain
internal import Glibc
internal import Logging

/// `authfcgi serve`: the supervisor, in the foreground.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service in the foreground: SIGHUP reloads, SIGTERM ends it.")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        let settings = try options.settings()
        let log = Service.logger(settings, label: "supervisor")
        try telling { () throws(Failure) in
            let handover = try takeHandover()
            // After a reload the check has passed a moment ago, and the workers that serve would end with this process.
            if handover == nil { try examine(settings, log) }
            let program = try Program(settingsPath: options.path)
            try Supervisor(settings: settings.processes, program: program, log: log, handover: handover).run()
        }
    }

    /// Refuses to start with everything that is wrong; a warning is logged.
    private func examine(_ settings: Settings, _ log: Logger) throws(Failure) {
        let findings = Examination(settings: settings, awaitsDatabase: false).findings
        let errors = findings.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw .unusable(errors.map { "\($0.subject): \($0.message)" }.joined(separator: "\n"))
        }
        for finding in findings {
            log.warning(
                "a finding of the check", metadata: ["subject": "\(finding.subject)", "finding": "\(finding.message)"])
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
