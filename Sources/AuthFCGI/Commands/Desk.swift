internal import Crypto
internal import Domain
internal import Logging
internal import Persistence

/// What a command of an operator works with: the same operations as the service, under the application's account.
struct Desk: ~Copyable {
    let settings: Settings
    let app: App
    var store: Store
    let origin: Origin

    private init(settings: Settings, app: App, store: consuming Store) {
        self.settings = settings
        self.app = app
        self.store = store
        origin = Origin(
            address: .local, userAgent: "authfcgi command line", requestID: RequestID(at: app.clock.now()))
    }

    static func open(_ options: ConfigOptions) throws(CommandError) -> Desk {
        let settings = try options.settings()
        let log = Wiring.logger(settings, label: "command")
        let app = try telling { () throws(Failure) in
            try Wiring.app(settings, clock: SystemClock(), log: log)
        }
        let store = try telling { () throws(Failure) in try Wiring.store(settings) }
        return Desk(settings: settings, app: app, store: store)
    }

    /// The user that an operator means by an id, an e-mail address or a username.
    mutating func user(_ text: String) throws(Failure) -> User {
        if let found = try find(text) { return found }
        throw .unusable("there is no user `\(Output.printable(text))`")
    }

    private mutating func find(_ text: String) throws(Failure) -> User? {
        if let id = UserID(text) { return try store.user(withID: id) }
        if text.contains("@") {
            return try EmailAddress(text).flatMap { email throws(Failure) in try store.user(withEmail: email) }
        }
        return try Username(text).flatMap { username throws(Failure) in try store.user(withUsername: username) }
    }
}

/// Runs an operation; what it fails with ends the command.
func telling<Result: ~Copyable>(_ body: () throws(Failure) -> Result) throws(CommandError) -> Result {
    do throws(Failure) { return try body() } catch { throw CommandError(telling: error) }
}

extension CommandError {
    /// Every complaint with its sentence.
    init(telling failure: Failure) {
        guard case .refused(let refusal) = failure else {
            self.init(failure)
            return
        }
        let complaints = refusal.complaints.map { complaint in
            "\(complaint.field): \(ErrorCatalogue.entry(complaint.code).detail(complaint.parameters))"
        }
        self.init(complaints.isEmpty ? ErrorCatalogue.entry(refusal.code).detail : complaints.joined(separator: "\n"))
    }
}
