internal import ArgumentParser

/// `authfcgi reference WHAT`: documentation made from the tables that the program itself works with.
struct ReferenceCommand: ParsableCommand {
    enum Reference: String, CaseIterable, ExpressibleByArgument {
        /// `docs/http.md`
        case http
        /// `docs/errors.md`
        case errors
        /// `docs/settings.md`
        case settings
        /// `packaging/authfcgi.conf`
        case config
        /// `authfcgi(8)`
        case manual
        /// `authfcgi.conf(5)`
        case manualSettings = "manual-settings"

        var text: String {
            switch self {
            case .http: HTTPReference.markdown()
            case .errors: ErrorReference.markdown()
            case .settings: SettingsReference.document
            case .config: SettingsReference.exampleFile
            case .manual: ManualReference.commands
            case .manualSettings: ManualReference.settings
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print a reference made from the program itself.")

    @Argument(help: "Which one: \(Reference.allCases.map(\.rawValue).joined(separator: ", ")).")
    var reference: Reference

    func run() {
        print(reference.text, terminator: "")
    }
}
