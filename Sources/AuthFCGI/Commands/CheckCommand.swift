internal import ArgumentParser
internal import Glibc
internal import JSON

/// `authfcgi check`: everything that is wrong, at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check settings, keys, sockets and database; exit status 1 when something is wrong.")

    @OptionGroup var options: ConfigOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Judge as `serve` does: a database that does not answer yet is a warning.")
    var beforeStart = false

    func run() throws {
        let findings = examine()
        let report = Self.report(findings, json: output.json)
        if beforeStart { Self.log(report) } else { print(report) }
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }

    private func examine() -> [Finding] {
        if let text = Environment.current[Handover.variable], Handover(text) == nil {
            let advice = "this version cannot take over from the running one; stop the service and start it"
            return [Finding(.error, "processes", advice)]
        }
        do throws(SettingsProblems) {
            let settings = try SettingsFile.load(path: options.path, environment: Environment.current)
            return Examination(settings: settings, awaitsDatabase: !beforeStart).findings
        } catch {
            return error.all.map { Finding(.error, "settings", $0.description) }
        }
    }

    /// A reload must not wait for who reads the log of the service, and that is where this goes then.
    private static func log(_ report: String) {
        let output = LogOutput(STDOUT_FILENO)
        for line in report.split(separator: "\n") {
            output.write(Array("\(line)\n".utf8)) { Array("\($0) lines were dropped: nobody read them\n".utf8) }
        }
    }

    static func report(_ findings: [Finding], json: Bool) -> String {
        if findings.isEmpty, !json { return "everything is in order" }
        let records: [[(name: String, value: JSONValue)]] = findings.map { finding in
            [
                ("severity", .string(finding.severity.rawValue)), ("subject", .string(finding.subject)),
                ("message", .string(finding.message)),
            ]
        }
        return Output.table(records, columns: ["severity", "subject", "message"], json: json)
    }
}
