import Crypto
import Domain
import Logging
import Persistence

/// The composition root: the values that every request shares, wired once at start. No logic.
struct App: Sendable {
    let site: Site
    let check: Settings.Check
    let compat: Settings.Compat
    let clock: any Clock
    let sessions: Sessions
    let users: Users
    let passwords: Passwords
    let forgeryTokens: ForgeryTokens
    let flash: FlashCookies
    let devices: DeviceCookies
    let log: Logger
    let meter: Meter
    /// Who knows what all workers do.
    let supervisor: ControlClient

    init(
        settings: Settings, keyring: Keyring, policy: PasswordPolicy, clock: any Clock, log: Logger,
        meter: Meter = .none,
        hasher: @escaping Passwords.Hasher = { PasswordHashing.argon2id($0, salt: $1, cost: $2) }
    ) {
        let passwords = Passwords(policy: policy, cost: settings.passwords.cost, keyring: keyring) {
            let start = ContinuousClock.now
            defer { meter.hash(ContinuousClock.now - start) }
            return hasher($0, $1, $2)
        }
        let budgets = Budgets(limits: Limits(settings.limits), clock: clock, keyring: keyring)
        let terms = SessionTerms(
            idle: settings.sessions.idle, lifetime: settings.sessions.lifetime,
            rememberedIdle: settings.sessions.rememberedIdle,
            rememberedLifetime: settings.sessions.rememberedLifetime, limit: settings.sessions.limit)
        site = Site(settings)
        check = settings.check
        compat = settings.compat
        self.clock = clock
        self.passwords = passwords
        sessions = Sessions(
            clock: clock, passwords: passwords, budgets: budgets, terms: terms,
            requiresVerified: settings.accounts.requireVerified, sendsMail: settings.mail.transport != .none)
        users = Users(
            clock: clock, passwords: passwords, budgets: budgets, terms: terms,
            tokens: TokenTerms(
                verification: settings.accounts.verification, recovery: settings.accounts.recovery),
            registration: settings.registrationInUse, sendsMail: settings.mail.transport != .none)
        forgeryTokens = ForgeryTokens(keyring)
        flash = FlashCookies(keyring: keyring, isSecure: settings.cookies.secure)
        devices = DeviceCookies(keyring: keyring, isSecure: settings.cookies.secure)
        self.log = log
        self.meter = meter
        supervisor = ControlClient(runDirectory: settings.processes.runDirectory)
    }
}

extension Limits {
    init(_ settings: Settings.Limits) {
        self.init(
            signIn: Act(
                address: settings.signInAddress, pair: settings.signInPair, account: settings.signInAccount),
            device: settings.signInDevice, network: settings.signInNetwork,
            register: Act(
                address: settings.registerAddress, pair: settings.registerPair, account: settings.registerAccount),
            rename: settings.rename, mailAddress: settings.mailAddress, mailClient: settings.mailClient,
            passwordChange: settings.passwordChange > .zero ? Budget(burst: 1, every: settings.passwordChange) : nil)
    }
}

/// What a worker runs: the pipeline with its own store.
struct PipelineResponder: Responder, ~Copyable {
    private let pipeline: Pipeline
    private var store: Store

    init(pipeline: Pipeline, store: consuming Store) {
        self.pipeline = pipeline
        self.store = store
    }

    mutating func respond(to request: Request) -> Response {
        pipeline.respond(to: request, with: &store)
    }

    var batchLimit: Int { pipeline.batchLimit }

    mutating func respond(to requests: [Request], send: (Int, Response) -> Void) {
        pipeline.respond(to: requests, with: &store, send: send)
    }

    mutating func turnAway(_ request: Request) -> Response { pipeline.turnAway(request) }

    func device(_ cookies: String) -> DeviceID? {
        pipeline.app.devices.open(cookies, at: pipeline.app.clock.now())?.id
    }

    var errandsDue: Instant? { store.errandsDue }

    mutating func runErrands() { settle(all: false) }

    mutating func finish() { settle(all: true) }

    /// What cannot be written just now is written another time, or it is noted again by what happens next.
    private mutating func settle(all: Bool) {
        let now = pipeline.app.clock.now()
        // What the last request left of its time is not what this has.
        store.beginRequest(after: .zero)
        try? store.settleUses(at: now, all: all)
        if !all { try? store.lookAtTriggers(at: now) }
        try? store.settleRefusals(at: now, all: all)
    }
}
