package import Crypto
internal import Domain
package import Persistence
internal import Synchronization

/// A schema of its own on a test server, made by the real grants and the real migrator.
package struct TestSchema: Sendable {
    package let name: String
    package let server: TestServer

    private static let numbers = Atomic<Int>(1)
    private static let password = "the-password-of-tests".secret

    package init(on server: TestServer = .shared, migrated: Bool = true) throws {
        let number = TestSchema.numbers.wrappingAdd(1, ordering: .relaxed).oldValue
        name = "test\(number)"
        self.server = server
        let script = GrantScript(
            database: name, application: name, migrator: name + "_migrator", owner: name + "_owner")
        try script.run(
            as: server.root, applicationPassword: TestSchema.password, migratorPassword: TestSchema.password)
        if migrated { try migrator.run { _, _ in } }
    }

    package var application: DatabaseSettings {
        DatabaseSettings(socket: server.socket, name: name, user: name, password: TestSchema.password)
    }

    package var migratorAccount: DatabaseSettings {
        DatabaseSettings(socket: server.socket, name: name, user: name + "_migrator", password: TestSchema.password)
    }

    /// The server's root, in this schema.
    package var root: DatabaseSettings {
        var root = server.root
        root.name = name
        return root
    }

    package var migrator: Migrator { Migrator(settings: migratorAccount, application: name) }

    /// A store with the application's rights. The limits are wide, because a machine full of tests is slow.
    package func store(limits: DatabaseLimits = .tests) -> Store {
        Store(settings: application, keyring: .test, incarnation: Random.bytes(16), limits: limits)
    }

    /// A store with the application's rights and the limits of the service, behind a proxy that does it harm.
    package func store(through proxy: FaultProxy, limits: DatabaseLimits = .service) -> Store {
        var settings = application
        settings.socket = proxy.socket
        return Store(settings: settings, keyring: .test, incarnation: Random.bytes(16), limits: limits)
    }

    /// A store with the migrator's rights.
    package func operatorStore() -> Store {
        Store(settings: migratorAccount, keyring: .test, incarnation: Random.bytes(16), limits: .tests)
    }

    /// What another connection finds.
    package func store<Result>(reading body: (inout Store) throws -> Result) throws -> Result {
        var store = store()
        return try body(&store)
    }

    /// A schema that tests share because they cannot change it.
    package static func reading() throws -> TestSchema { try shared.get() }

    private static let shared = Result { try TestSchema() }

    package func drop() throws {
        let root = try RootConnection(server.root)
        try root.run("DROP DATABASE \(name)")
        for account in ["", "_migrator", "_owner"] { try root.run("DROP USER '\(name)\(account)'@'localhost'") }
    }
}

extension DatabaseLimits {
    package static let tests = DatabaseLimits(
        wait: 20, statement: .seconds(20), operation: .seconds(600), request: .seconds(600))
}

/// Lends a schema of its own for tests that need several connections or real commits, and drops it afterwards.
package func withSchema<Result>(
    migrated: Bool = true, _ body: (TestSchema) throws -> Result
) throws -> Result {
    let schema = try TestSchema(migrated: migrated)
    defer { try? schema.drop() }
    return try body(schema)
}

/// Lends a store inside of a transaction that is rolled back afterwards.
package func withStore<Result, Problem: Error>(
    _ body: (inout Store) throws(Problem) -> Result
) throws -> Result {
    let lease = try StorePool.shared.lease()
    defer { StorePool.shared.giveBack(lease) }
    return try lease.rollingBack(body)
}

/// Connected stores that wait for the next test: as many as tests ever ran at once.
private final class StorePool: Sendable {
    static let shared = StorePool()
    private let idle = Mutex<[Lease]>([])

    func lease() throws -> Lease {
        if let lease = idle.withLock({ $0.popLast() }) { return lease }
        return Lease(try TestSchema())
    }

    func giveBack(_ lease: Lease) {
        idle.withLock { $0.append(lease) }
    }
}

/// One store, used by one test at a time: whoever took it from the pool.
private final class Lease: @unchecked Sendable {
    private var store: Store

    init(_ schema: TestSchema) {
        store = schema.store()
    }

    func rollingBack<Result, Problem: Error>(
        _ body: (inout Store) throws(Problem) -> Result
    ) throws -> Result {
        var outcome: Swift.Result<Result, any Error>?
        // What the test before kept in memory is undone as well.
        store.forgetErrands()
        do {
            try store.atomically { (transaction: inout Store) throws(Failure) -> Void in
                do throws(Problem) {
                    outcome = .success(try body(&transaction))
                } catch {
                    outcome = .failure(error)
                }
                throw .refused(RolledBack())
            }
        } catch .refused(is RolledBack) {
            // As it should be.
        }
        guard let outcome else { throw Failure.defect("a transaction that did not run its body") }
        return try outcome.get()
    }
}

/// What ends a test's transaction.
private struct RolledBack: Refusal {
    let code = "rolled_back"
    let kind = RefusalKind.invalid
}

extension String {
    /// The text as a secret.
    package var secret: Secret { Secret(self) }
}
