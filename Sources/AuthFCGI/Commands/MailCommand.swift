internal import ArgumentParser
internal import Crypto
internal import Domain
internal import JSON
internal import Persistence

/// `authfcgi mail …`
struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "See what mail waits or was given up, and try it again.",
        subcommands: [List.self, Show.self, Retry.self, Preview.self, Test.self])

    /// How a mail is named.
    struct Which: ParsableArguments {
        @Argument(help: "The id of a mail, as `list` shows it.")
        var id: MailID
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the newest mails, those that were given up included.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Only those that are `waiting`, `delivered` or `abandoned`.") var state: MailRecord.State?
        @Option(help: "At most so many, 1 to 1000.") var limit = 50

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 1000") }
        }

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let mails = try desk.store.mails(in: state, limit: limit)
                let columns = ["id", "template", "recipient", "state", "attempts", "created_at", "problem"]
                print(Output.table(mails.map(\.record), columns: columns, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is known of a mail. What it says is for its recipient only.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var which: Which

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                guard let mail = try desk.store.mail(withID: which.id.id) else {
                    throw .unusable("there is no such mail")
                }
                print(Output.record(mail.record, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Have a mail tried once more, now.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var which: Which

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                guard try desk.store.retryMail(which.id.id, at: desk.app.clock.now()) else {
                    throw .unusable("there is no such mail, or it is delivered, or it is too late for it")
                }
                print("\(which.id.id) is tried again")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a mail as it would be sent, with made-up values.")

        @OptionGroup var options: ConfigOptions
        @Argument(help: "The name of its templates.") var template: MailKind
        @Flag(help: "The HTML part alone, for a browser.") var html = false

        func run() throws {
            let settings = try options.settings()
            do throws(MailTemplates.Problem) {
                let content = try MailPreview(settings).content(of: template)
                print(html ? content.html ?? "" : "Subject: \(content.subject)\n\n\(content.text)", terminator: "")
            } catch {
                throw CommandError(error.text)
            }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a test mail, which the courier delivers like every other.")

        @OptionGroup var options: ConfigOptions
        @Argument(help: "The address it goes to.") var address: String

        func run() throws {
            var desk = try Desk.open(options)
            guard let recipient = EmailAddress(address) else { throw CommandError("this is not an e-mail address") }
            guard desk.settings.mail.transport != .none else {
                throw CommandError("no mail is sent: set `mail.transport`")
            }
            do throws(Failure) {
                let now = desk.app.clock.now()
                try desk.store.enqueue(
                    Mail(
                        .test, to: recipient, of: nil, values: ["time": String(now.seconds)], at: now,
                        expiry: now + .hours(1)))
                print("queued; `authfcgi mail list` tells what becomes of it")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }
}

/// The id of a mail on a command line.
struct MailID: ExpressibleByArgument {
    let id: MessageID

    init?(argument: String) {
        guard let id = MessageID(argument) else { return nil }
        self.id = id
    }
}

extension MailRecord.State: ExpressibleByArgument {}
extension MailKind: ExpressibleByArgument {}

extension MailRecord {
    /// A mail as an operator sees it.
    var record: [(name: String, value: JSONValue)] {
        [
            ("id", .string(id.description)), ("template", .string(template)), ("recipient", .string(recipient)),
            ("state", .string(state.rawValue)), ("attempts", .integer(Int64(attempts))),
            ("created_at", .string(createdAt.rfc3339)),
            ("next_try_at", state == .waiting ? .string(notBefore.rfc3339) : .null),
            ("expires_at", .string(expiresAt.rfc3339)), ("problem", problem.map(JSONValue.string) ?? .null),
        ]
    }
}
