internal import ArgumentParser
internal import Domain
internal import Glibc
internal import Logging

/// `authfcgi serve`: the supervisor, in the foreground.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service in the foreground: SIGHUP reloads, SIGTERM ends it.")

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("Milliseconds for one request, and for leaving; for tests.", visibility: .private))
    var patience: Int64 = Child.patience

    func run() throws {
        let handover = try telling { () throws(Failure) in try takeHandover() }
        let supervisor: Supervisor
        do throws(CommandError) {
            supervisor = try makeSupervisor(handover)
        } catch {
            if handover != nil {
                let log = Wiring.logger(Settings(), label: "supervisor")
                log.error("nothing was reloaded: the new program cannot go on", metadata: ["reason": "\(error)"])
                Program.goBack()
            }
            throw error
        }
        Program.forgetReturn()
        try telling { () throws(Failure) in try supervisor.run() }
    }

    private func makeSupervisor(_ handover: Handover?) throws(CommandError) -> Supervisor {
        let origin = handover?.origin
        let program = try telling { () throws(Failure) in
            try Program(path: origin?.path, settingsPath: options.path, patience: patience)
        }
        if let handover, let origin, !handover.isReturn { program.rememberReturn(to: origin, of: handover) }
        let (settings, snapshot) = try settings(handover)
        guard patience == Child.patience || settings.environment == .development else {
            throw CommandError("--patience is for tests, where `environment` is `development`")
        }
        let log = Wiring.logger(settings, label: "supervisor")
        return try telling { () throws(Failure) in
            // After a reload the check has passed a moment ago, and the workers that serve would end with this process.
            if handover == nil { try examine(settings, log) }
            return try Supervisor(
                settings: settings.processesInUse, snapshot: snapshot, program: program, log: log, handover: handover)
        }
    }

    /// Those that are written now; a program that got everything back goes on with those that it had.
    private func settings(_ handover: Handover?) throws(CommandError) -> (Settings, SettingsSnapshot) {
        if let origin = handover?.origin, handover?.isReturn == true {
            let snapshot = SettingsSnapshot(Descriptor(adopting: origin.settings))
            return try telling { () throws(Failure) in
                try snapshot.descriptor.setInherited(false)
                return (try snapshot.settings(), snapshot)
            }
        }
        let (settings, written) = try options.read()
        return (settings, try telling { () throws(Failure) in try SettingsSnapshot(of: written) })
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
