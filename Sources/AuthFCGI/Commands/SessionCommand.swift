internal import ArgumentParser
internal import Domain
internal import JSON
internal import Persistence

/// `authfcgi session …`
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Show and end the sessions of a user.",
        subcommands: [List.self, Revoke.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a user's live sessions, the newest first.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var whom: UserCommand.Whom

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let user = try desk.user(whom.user)
                let sessions = try desk.store.sessions(of: user.id, at: desk.app.clock.now())
                let columns = ["id", "carrier", "created_at", "last_used_at", "expires_at", "address", "user_agent"]
                print(Output.table(sessions.map(\.record), columns: columns, json: output.json))
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End all sessions of a user.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: UserCommand.Whom

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let user = try desk.user(whom.user)
                let ended = try desk.app.users.revokeSessions(of: user, from: desk.origin, in: &desk.store)
                print("\(ended) sessions of \(user.id) have ended")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }
}

extension Session {
    /// A session as an operator sees it.
    var record: [(name: String, value: JSONValue)] {
        [
            ("id", .string(id.description)), ("carrier", .string(carrier.rawValue)),
            ("created_at", .string(createdAt.rfc3339)), ("last_used_at", .string(lastUsedAt.rfc3339)),
            ("expires_at", .string(endsAt.rfc3339)), ("address", .string(address.text)),
            ("user_agent", userAgent.map(JSONValue.string) ?? .null),
        ]
    }
}
