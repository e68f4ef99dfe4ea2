internal import ArgumentParser
internal import Domain

/// The option that every command has.
struct SettingsOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The settings file.")
    var config = "/etc/authfcgi/authfcgi.conf"
}

/// A failure as a command tells it to a person: one line and exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ failure: Failure) {
        switch failure {
        case .refused(let refusal): description = refusal.code
        case .fault(let fault): description = fault.summary
        }
    }
}

extension Pool: ExpressibleByArgument {}
