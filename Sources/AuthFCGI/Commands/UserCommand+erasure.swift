internal import ArgumentParser
internal import Domain
internal import Glibc
internal import JSON
internal import Persistence

extension UserCommand {
    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a deleted user back, as long as `accounts.grace` is not over.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let user = try desk.user(whom.user)
                let grace = desk.settings.accounts.grace
                guard try desk.app.users.restore(user, within: grace, from: desk.origin, in: &desk.store) else {
                    throw .unusable(
                        user.deletedAt == nil
                            ? "\(user.id) is not deleted" : "it is too late: \(user.id) is to be erased")
                }
                print("\(user.id) is back; the sessions have ended")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove everything that tells who a user was, for good.",
            discussion: """
                It is written down in `accounts.erasure_ledger` first, so that `replay-erasures` does it once more when an \
                older backup was restored.
                """)

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom
        @Option(help: "Why: gdpr, breach, spam or requested.") var reason: ErasureReason
        @Flag(help: "Do not ask.") var yes = false

        func run() throws {
            var desk = try Desk.open(options)
            let user = try telling { () throws(Failure) in try desk.user(whom.user) }
            if !yes {
                let name = Output.printable(user.email.text)
                try Prompt().confirm("Everything about \(name) (\(user.id)) is removed and cannot be brought back.")
            }
            do throws(Failure) {
                let ledger = try Wiring.ledger(desk.settings)
                let isGone = try desk.app.users.erase(
                    user, because: reason, by: .operatorOnHost, from: desk.origin, noting: ledger, in: &desk.store)
                guard isGone else { throw .unusable("\(user.id) was changed meanwhile; nothing was done") }
                print("\(user.id) is erased")
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print everything that is stored about a user, as JSON.")

        @OptionGroup var options: ConfigOptions
        @OptionGroup var whom: Whom

        func run() throws {
            var desk = try Desk.open(options)
            do throws(Failure) {
                let user = try desk.user(whom.user)
                let export = try desk.app.users.export(
                    user, by: .operatorOnHost, from: desk.origin, in: &desk.store)
                print(ExportJSON.of(export).line)
            } catch {
                throw CommandError(telling: error)
            }
        }
    }

    struct ReplayErasures: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay-erasures",
            abstract: "Erase everybody once more who was erased before a backup was restored.")

        @OptionGroup var options: ConfigOptions

        func run() throws {
            var desk = try Desk.open(options)
            var summary = Summary()
            do throws(Failure) {
                try Self.replay(&summary, at: &desk)
            } catch {
                throw CommandError(telling: error)
            }
            print(summary.text)
            if summary.broken + summary.livedOn > 0 { throw ExitCode.failure }
        }

        private static func replay(_ summary: inout Summary, at desk: inout Desk) throws(Failure) {
            let ledger = try Wiring.ledger(desk.settings)
            try ledger.read { number, line throws(Failure) in
                switch line {
                case .failure(let problem): summary.note("line \(number) \(problem.text)", \.broken)
                case .success(let erasure):
                    switch try desk.app.users.replay(erasure, from: desk.origin, in: &desk.store) {
                    case .absent: summary.absent += 1
                    case .erased:
                        summary.erased += 1
                        print("\(erasure.userID) is erased once more")
                    case .livedOn:
                        summary.note(
                            "line \(number): \(erasure.userID) was changed after that time; look, and erase by hand",
                            \.livedOn)
                    }
                }
            }
        }

        /// What a replay came to.
        struct Summary {
            var erased = 0
            var absent = 0
            var broken = 0
            var livedOn = 0

            mutating func note(_ problem: String, _ count: WritableKeyPath<Summary, Int>) {
                self[keyPath: count] += 1
                let line = Array((problem + "\n").utf8)
                _ = write(STDERR_FILENO, line, line.count)
            }

            var text: String {
                "erased once more: \(erased), not there: \(absent), to be looked at: \(livedOn), "
                    + "lines that are not followed: \(broken)"
            }
        }
    }
}

extension ErasureReason: ExpressibleByArgument {
    package init?(argument: String) {
        guard let reason = ErasureReason(rawValue: argument), ErasureReason.operators.contains(reason) else {
            return nil
        }
        self = reason
    }

    package static var allValueStrings: [String] { operators.map(\.rawValue) }
}
