internal import ArgumentParser
internal import Domain
internal import JSON

/// `authfcgi key …`
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make the keys of this installation.", subcommands: [Create.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the master keys and the secrets of the pools; what exists is left alone.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "The key directory; else the setting `processes.key_directory`.")
        var directory: String?

        func run() throws {
            let path = try directory ?? options.settings().processes.keyDirectory
            do throws(PrivateFile.Problem) {
                let date = String(SystemClock().now().rfc3339.prefix(10))
                print(Self.report(try KeyDirectory(path).create(date: date), json: output.json))
            } catch {
                throw CommandError(error.description)
            }
        }

        static func report(_ steps: [KeyDirectory.Step], json: Bool) -> String {
            let records: [[(name: String, value: JSONValue)]] = steps.map { step in
                [("result", .string(step.wasCreated ? "created" : "kept")), ("path", .string(step.path))]
            }
            return Output.table(records, columns: ["result", "path"], json: json)
        }
    }
}
