import Crypto
import Domain
import Glibc
import Logging
import Persistence

/// How the processes get what they work with: settings, keys, a store, the pipeline.
enum Wiring {
    static func logger(_ settings: Settings, label: String) -> Logger {
        var log = Logger.json(label: label, level: settings.log.level)
        log[metadataKey: "pid"] = .stringConvertible(getpid())
        return log
    }

    static func work(as process: WorkerProcess, _ settings: Settings, _ log: Logger) throws(Failure) {
        let keys = KeyDirectory(settings.processes.keyDirectory)
        let peers = try Peers(
            named: settings.processes.allowedUsers, secret: try secret(of: process.pool, in: keys))
        let clock = SystemClock()
        let slots =
            process.pool == .login
            ? try HashSlots(path: RunDirectory.slotsPath(in: settings.processes.runDirectory)) : nil
        try process.run(slots: slots, peers: peers, clock: clock, log: log) { meter throws(Failure) in
            let app = try app(settings, clock: clock, log: log, meter: meter, slots: slots)
            return PipelineResponder(
                pipeline: Pipeline(app: app, pool: process.pool), store: try store(settings, meter: meter))
        }
    }

    /// Delivers mail until the process is told to leave.
    static func deliver(as process: WorkerProcess, _ settings: Settings, _ log: Logger) throws(Failure) {
        let mail = settings.mail
        switch mail.transport {
        case .none: throw .unusable("mail.transport is `none`: there is nothing for a courier to do")
        case .smtp:
            try deliver(as: process, settings, log) { () throws(Failure) in
                try SMTPTransport(mail, domain: MailSite(settings).domain)
            }
        case .sendmail:
            try deliver(as: process, settings, log) { SendmailTransport(path: mail.sendmail, sender: mail.from) }
        case .maildir:
            try deliver(as: process, settings, log) { () throws(Failure) in try MaildirTransport(path: mail.maildir) }
        }
    }

    private static func deliver<Transport: MailTransport & ~Copyable>(
        as process: WorkerProcess, _ settings: Settings, _ log: Logger,
        by transport: () throws(Failure) -> Transport
    ) throws(Failure) {
        try process.run { stop, meter, begun throws(Failure) in
            let room = MailRoom(settings, transport: try transport())
            var courier = CourierProcess(
                clock: SystemClock(), log: log, meter: meter, room: room, store: try store(settings, meter: meter))
            try begun()
            try courier.run(until: stop)
        }
    }

    /// Removes what has expired until the process is told to leave.
    static func tidy(as process: WorkerProcess, _ settings: Settings, _ log: Logger) throws(Failure) {
        try process.run { stop, meter, begun throws(Failure) in
            let clock = SystemClock()
            let users = try app(settings, clock: clock, log: log, meter: meter).users
            let terms = JanitorTerms(
                grace: settings.accounts.grace, auditRetention: settings.accounts.auditRetention)
            let janitor = Janitor(clock: clock, users: users, ledger: try ledger(settings), terms: terms)
            var tidying = JanitorProcess(
                log: log, meter: meter, janitor: janitor, store: try store(settings, meter: meter))
            try begun()
            try tidying.run(until: stop)
        }
    }

    static func ledger(_ settings: Settings) throws(Failure) -> ErasureLedgerFile {
        ErasureLedgerFile(path: settings.accounts.erasureLedger, keyring: try keyring(settings))
    }

    static func app(
        _ settings: Settings, clock: any Clock, log: Logger, meter: Meter = .none, slots: HashSlots? = nil
    ) throws(Failure) -> App {
        App(
            settings: settings, keyring: try keyring(settings), policy: try policy(settings), clock: clock, log: log,
            meter: meter
        ) { password, salt, cost in
            guard let slots else { return PasswordHashing.argon2id(password, salt: salt, cost: cost) }
            return slots.hashing { PasswordHashing.argon2id(password, salt: salt, cost: cost) }
        }
    }

    /// A store under the application's account.
    static func store(_ settings: Settings, meter: Meter = .none) throws(Failure) -> Store {
        Store(
            settings: DatabaseSettings(settings.database), keyring: try keyring(settings),
            incarnation: Random.bytes(16), measured: { meter.database($0) })
    }

    static func keyring(_ settings: Settings) throws(Failure) -> Keyring {
        do throws(PrivateFile.Problem) {
            return try KeyDirectory(settings.processes.keyDirectory).keyring()
        } catch {
            throw .unusable(error.description)
        }
    }

    private static func secret(of pool: Pool, in keys: KeyDirectory) throws(Failure) -> Secret {
        do throws(PrivateFile.Problem) {
            return try keys.secret(of: pool)
        } catch {
            throw .unusable(error.description)
        }
    }

    private static func policy(_ settings: Settings) throws(Failure) -> PasswordPolicy {
        var blockList: PasswordBlockFile?
        if !settings.passwords.blockListFile.isEmpty {
            do throws(PasswordBlockFile.Problem) {
                blockList = try PasswordBlockFile(path: settings.passwords.blockListFile)
            } catch {
                throw .unusable(error.description)
            }
        }
        return PasswordPolicy(
            preset: settings.passwords.preset, minimum: settings.passwords.minimum,
            contextWords: [settings.site.name], blockList: blockList)
    }
}

extension Failure {
    /// What the operator has to mend before anything can start.
    static func unusable(_ summary: String) -> Failure {
        .fault(Fault(.defect, summary))
    }
}

extension DatabaseSettings {
    /// The application's account.
    init(_ database: Settings.Database) {
        self.init(
            socket: database.socket, host: database.host, port: database.port, name: database.name,
            user: database.user, password: database.password.secret, tlsCA: database.tlsCA)
    }

    /// The account that may change the schema.
    init(migratorOf database: Settings.Database) {
        self.init(database)
        user = database.migratorUser
        password = database.migratorPassword.secret
    }
}
