internal import ArgumentParser
internal import Crypto
internal import Domain
internal import JSON
internal import Persistence

/// `authfcgi user …`
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make, show and change users.",
        subcommands: [
            Create.self, Show.self, List.self, Disable.self, Enable.self, SetPassword.self, Restore.self, Erase.self,
            Export.self, ReplayErasures.self,
        ])

    /// How a user is named.
    struct Whom: ParsableArguments {
        @Argument(help: "An id, an e-mail address or a username.")
        var user: String
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user; the password is asked for, or read as one line of standard input.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "The e-mail address.") var email: String
        @Option(help: "A name to sign in with.") var username: String?
        @Option(help: "The name that is shown.") var name: String?
        @Option(help: "The role, as it stands in headers.") var role = "user"
        @Flag(help: "The address is known to belong to this person.") var verified = false

        func run() throws {
            let password = try Prompt().newSecret("Password")
            var desk = try Desk.open(options)
            let registration = RegistrationForm(
                email: email, username: username, name: name, password: password, wish: SessionWish())
            let new = NewUser(registration: registration, role: role, isVerified: verified)
            do throws(Failure) {
                let user = try desk.app.users.create(new, from: desk.origin, in: &desk.store)
                print(Output.record(user.record, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var whom: Whom

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                print(Output.record(try desk.user(whom.user).record, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users in the order of their making.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "At most so many, 1 to 1000.") var limit = 100
        @Option(help: "Only those made after the user with this id.") var after: String?
        @Flag(help: "Deleted users too.") var deleted = false

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 1000") }
            if let after, UserID(after) == nil { throw ValidationError("--after takes the id of a user") }
        }

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let users = try desk.store.users(after: after.flatMap { UserID($0) }, limit: limit, deleted: deleted)
                let columns = ["id", "email", "username", "role", "state", "last_sign_in_at"]
                print(Output.table(users.map(\.record), columns: columns, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Disable a user and end all sessions of his.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom

        func run() throws { try setDisabled(true, whom, options) }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enable a user that was disabled.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom

        func run() throws { try setDisabled(false, whom, options) }
    }

    struct SetPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password",
            abstract: "Set a user's password under the migrator's account, and end all sessions of his.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom

        func run() throws {
            let password = try Prompt().newSecret("New password")
            var desk = try Desk.open(options)
            do throws(Failure) {
                let user = try desk.user(whom.user)
                let digest = try desk.app.users.digest(operatorsChoice: password, for: user)
                var store = Store(
                    settings: DatabaseSettings(migratorOf: desk.settings.database),
                    keyring: try Wiring.keyring(desk.settings), incarnation: Random.bytes(16))
                try desk.app.users.setPassword(digest, of: user, from: desk.origin, in: &store)
                print("the password of \(user.id) is set; all sessions have ended")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }
}

private func setDisabled(_ isDisabled: Bool, _ whom: UserCommand.Whom, _ options: ConfigOptions) throws {
    var desk = try Desk.open(options)
    do throws(Failure) {
        let user = try desk.user(whom.user)
        try desk.app.users.setDisabled(isDisabled, user, from: desk.origin, in: &desk.store)
        print(isDisabled ? "\(user.id) is disabled; all sessions have ended" : "\(user.id) is enabled")
    } catch {
        throw CommandError(telling: error)
    }
}

extension User {
    /// A user as an operator sees him; no secret is among it.
    var record: [(name: String, value: JSONValue)] {
        [
            ("id", .string(id.description)), ("email", .string(email.text)), ("email_verified", .bool(isVerified)),
            ("username", username.map { .string($0.text) } ?? .null), ("name", name.map(JSONValue.string) ?? .null),
            ("role", .string(role)),
            ("state", .string(deletedAt != nil ? "deleted" : disabledAt != nil ? "disabled" : "active")),
            ("created_at", .string(createdAt.rfc3339)),
            ("last_sign_in_at", lastSignInAt.map { .string($0.rfc3339) } ?? .null),
        ]
    }
}
