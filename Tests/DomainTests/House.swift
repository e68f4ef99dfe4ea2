import Crypto
import Domain
import Persistence
import Support
import Synchronization

/// The domain wired as a worker wires it, with a clock that a test sets and a count of Argon2id computations.
struct House: Sendable {
    let clock = TestClock()
    let hashes = HashCounter()
    let users: Users
    let sessions: Sessions
    let policy: PasswordPolicy

    init(
        limits: Limits = .generous, preset: PasswordPreset = .standard, cost: HashingCost = .test,
        keyring: Keyring = .test, registration: RegistrationMode = .open, sendsMail: Bool = false,
        requiresVerified: Bool = false, sessionLimit: Int = 100,
        whileHashing: @escaping @Sendable () -> Void = {}
    ) {
        let hashes = hashes
        policy = PasswordPolicy(preset: preset, contextWords: ["Example Site"])
        let passwords = Passwords(policy: policy, cost: cost, keyring: keyring) { password, salt, cost in
            hashes.note()
            whileHashing()
            return PasswordHashing.argon2id(password, salt: salt, cost: cost)
        }
        let budgets = Budgets(limits: limits, clock: clock, keyring: keyring)
        let terms = SessionTerms(
            idle: .hours(2), lifetime: .hours(24), rememberedIdle: .days(14), rememberedLifetime: .days(30),
            limit: sessionLimit)
        users = Users(
            clock: clock, passwords: passwords, budgets: budgets, terms: terms,
            registration: registration, sendsMail: sendsMail)
        sessions = Sessions(
            clock: clock, passwords: passwords, budgets: budgets, terms: terms, requiresVerified: requiresVerified)
    }

    static let password = "correct horse battery"
    static let other = "seven green bottles standing"

    /// Registers somebody under `name@example.org`.
    @discardableResult
    func register(
        _ name: String, password: String = House.password, from origin: Origin = .test, in store: inout Store
    ) throws(Failure) -> OpenedSession {
        let form = RegistrationForm(
            email: "\(name)@example.org", username: name, name: name.capitalizedASCII, password: Secret(password),
            wish: SessionWish())
        return try users.register(form, from: origin, in: &store)
    }

    /// The same by somebody who proved his address at once.
    @discardableResult
    func settle(_ name: String, from origin: Origin = .test, in store: inout Store) throws(Failure) -> OpenedSession {
        let opened = try register(name, from: origin, in: &store)
        _ = try store.noteProof(of: opened.user.email, by: opened.user.id, at: clock.now())
        return opened
    }

    /// Who calls with a session, as the database has him now.
    func caller(_ opened: OpenedSession, in store: inout Store) throws(Failure) -> Caller {
        guard let caller = try sessions.caller(with: opened.token, by: .cookie, in: &store) else {
            throw .defect("the session of \(opened.user.email.text) has ended")
        }
        return caller
    }

    @discardableResult
    func signIn(
        _ identifier: String, _ password: String = House.password, wish: SessionWish = SessionWish(),
        from origin: Origin = .test, in store: inout Store
    ) throws(Failure) -> OpenedSession {
        let form = SignInForm(identifier: identifier, password: Secret(password), wish: wish)
        return try sessions.signIn(form, from: origin, in: &store)
    }
}

/// How many passwords were hashed.
final class HashCounter: Sendable {
    private let calls = Mutex(0)

    func note() { calls.withLock { $0 += 1 } }

    var count: Int { calls.withLock { $0 } }
}

extension Limits {
    /// So wide that no test meets them by accident.
    static let generous: Limits = {
        let wide = Budget(burst: 10_000, every: .milliseconds(1))
        let act = Act(address: wide, pair: wide, account: wide)
        return Limits(
            signIn: act, device: wide, network: wide, register: act, rename: wide, mailAddress: wide, mailClient: wide)
    }()
}

extension Duration {
    /// How far a test's clock may be from the database's.
    static let ofTests = Duration.days(100_000)
}

extension Origin {
    static let test = Origin.from([127, 0, 0, 1])

    static func from(_ address: [UInt8], on device: Device? = nil) -> Origin {
        guard let address = NetworkAddress(bytes: address) else { preconditionFailure("four or sixteen bytes") }
        return Origin(
            address: address, userAgent: "Test/1.0", requestID: RequestID(at: Instant(seconds: 1_800_000_000)),
            device: device)
    }
}

extension Digest {
    /// A network that nobody signed in from.
    static let nowhere = Digest.sha256(of: [])
}

extension Failure {
    /// The code of a refusal; a fault is told apart by its name.
    var code: String {
        switch self {
        case .refused(let refusal): refusal.code
        case .fault(let fault): "fault: \(fault.summary)"
        }
    }

    var complaints: [Complaint] {
        if case .refused(let refusal) = self { refusal.complaints } else { [] }
    }
}

extension String {
    var capitalizedASCII: String { prefix(1).uppercased() + dropFirst() }
}

/// The code of what an operation is refused with; nil when it succeeds.
func refusal<Result>(_ body: () throws(Failure) -> Result) -> String? {
    do throws(Failure) {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}
