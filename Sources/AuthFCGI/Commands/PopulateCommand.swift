internal import ArgumentParser
internal import Crypto
internal import Domain
internal import Glibc
internal import Persistence

/// `authfcgi populate`
struct PopulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "populate",
        abstract: "Fill the database with made-up users and sessions, to measure with.",
        discussion: """
            It works under the migrator's account, and only on a database without users or where the settings say \
            `environment = "development"`. The accounts are live: anybody who has the file is signed in as all of them.
            """)

    @OptionGroup var options: ConfigOptions

    @Option(help: "How many users, each with one session.")
    var users = 10_000
    @Option(help: "A new file, for its owner only: a line an account with its username, a tab, its session's token.")
    var accounts: String
    @Flag(help: "Give all of them one password, which is asked for or read as one line of standard input.")
    var password = false

    func validate() throws {
        guard (1...100_000_000).contains(users) else {
            throw ValidationError("--users is a number from 1 to 100000000")
        }
    }

    func run() throws {
        let settings = try options.settings()
        var store = try telling { () throws(Failure) in
            Store(
                settings: DatabaseSettings(migratorOf: settings.database), keyring: try Wiring.keyring(settings),
                incarnation: Random.bytes(16), limits: .none)
        }
        let isEmpty = try telling { () throws(Failure) in try store.hasNoUsers() }
        guard isEmpty || settings.environment == .development else {
            throw CommandError(
                "the database has users, and the settings do not say `environment = \"development\"`: nothing was changed"
            )
        }
        let app = try telling { () throws(Failure) in
            try Wiring.app(settings, clock: SystemClock(), log: Wiring.logger(settings, label: "command"))
        }
        let digest = try sharedPassword(app)
        let file = try AccountsFile(creating: accounts)
        do {
            try Samples(clock: app.clock, terms: app.sessions.terms)
                .insert(users, password: digest, in: &store) { batch, total throws(CommandError) in
                    try file.append(batch)
                    tell(total)
                }
        } catch .store(let failure) {
            throw CommandError(telling: failure)
        } catch .receiver(let error) {
            throw error
        }
    }

    /// Not held to the rules for passwords: nobody chose it.
    private func sharedPassword(_ app: App) throws -> PasswordDigest? {
        guard password else { return nil }
        let secret = try Prompt().newSecret("Password of all of them")
        return try telling { () throws(Failure) in
            guard let secret = PasswordPolicy.normalized(secret) else { throw .unusable("the password is not text") }
            return try app.passwords.digest(new: secret)
        }
    }

    /// About twenty lines, however many accounts there are.
    private func tell(_ total: Int) {
        let step = max(users / 20, Samples.batch)
        guard total == users || total / step > (total - Samples.batch) / step else { return }
        let line = Array("\(total) of \(users) accounts\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}

/// The file of made-up accounts: new, and for its owner only.
private struct AccountsFile {
    private let path: String
    private let descriptor: Descriptor

    init(creating path: String) throws(CommandError) {
        self.path = path
        let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw CommandError("\(path) cannot be made: \(String(cString: strerror(errno)))") }
        descriptor = Descriptor(adopting: number)
    }

    func append(_ accounts: [SampleAccount]) throws(CommandError) {
        let lines = accounts.map { "\($0.user.username?.text ?? "")\t\($0.token.reveal())\n" }
        var bytes = Array(lines.joined().utf8)
        defer { wipe(&bytes) }
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor.number, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard count >= 0 || errno == EINTR else {
                throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
            }
            start += max(count, 0)
        }
    }
}
