internal import ArgumentParser

/// The program, for the executable, which is nothing else.
package enum Authfcgi {
    /// Runs the command that the arguments name; ends the process where it does not work.
    package static func main() {
        RootCommand.main()
    }
}

/// `authfcgi`: every command, and what its exit status means.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authfcgi",
        abstract: "Sign-in, sessions and accounts for the sites of one web server.",
        discussion: """
            Exit status: 0 done, 1 it did not work or something is wrong, 3 the service is not ready, \
            64 the command line is not understood.
            """,
        version: Version.text,
        subcommands: [
            ServeCommand.self, CheckCommand.self, MigrateCommand.self, InitDatabaseCommand.self,
            StatusCommand.self, ScaleCommand.self, TopCommand.self, TuneCommand.self, RoutesCommand.self,
            UserCommand.self, SessionCommand.self, MailCommand.self, KeyCommand.self, PopulateCommand.self,
            ReferenceCommand.self,
            WorkerCommand.self, HashCommand.self,
        ])
}

enum Version {
    static let text = "0.1.0"
}
