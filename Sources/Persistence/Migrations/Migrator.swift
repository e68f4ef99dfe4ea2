internal import Crypto
package import Domain

/// Brings the schema to the version of this program, as the migrator's account.
package struct Migrator: Sendable {
    private let settings: DatabaseSettings
    private let application: String
    private let migrations: [Migration]

    /// `application` is the name of the service's account, which is given its rights.
    package init(settings: DatabaseSettings, application: String, migrations: [Migration] = Migrations.all) {
        self.settings = settings
        self.application = application
        self.migrations = migrations
    }

    /// What `run` would do, in its order.
    package func plan() throws(Failure) -> [Migration] {
        try pending(on: try connect())
    }

    /// Applies what is pending and tells of each statement before it runs. Returns what was applied.
    ///
    /// MariaDB commits each change of the schema at once; a migration that was interrupted is run again from its start.
    @discardableResult
    package func run(progress: (_ migration: Migration, _ statement: String) -> Void) throws(Failure) -> [Migration] {
        let connection = try connect()
        try lock(connection)
        let pending = try pending(on: connection)
        let accounts = try accounts(on: connection)
        for migration in pending {
            for statement in SQLScript.statements(of: Template.fill(migration.text, with: accounts)) {
                progress(migration, SQLScript.title(of: statement))
                try execute("migration \(migration.version)") { () throws(MariaDBError) in
                    try connection.run(statement)
                }
            }
            try record(migration, on: connection)
        }
        return pending
    }

    private func connect() throws(Failure) -> Connection {
        try execute("connecting to \(settings.place) as \(settings.user)") { () throws(MariaDBError) in
            try Connection(to: settings, limits: .none)
        }
    }

    /// Held until the connection ends. A second migrator is refused rather than made to wait without a word.
    private func lock(_ connection: Connection) throws(Failure) {
        let sql: SQL = "SELECT GET_LOCK(CONCAT('authfcgi.migrate.', SHA1(DATABASE())), 0)"
        guard try value(of: sql, as: Bool.self, on: connection) == true else {
            throw .databaseUnavailable("another `authfcgi migrate` is at work on this schema")
        }
    }

    private func pending(on connection: Connection) throws(Failure) -> [Migration] {
        let version = try Migrations.version(on: connection)
        guard version <= migrations.count else {
            throw .databaseUnavailable(
                "the schema has version \(version), this program knows \(migrations.count): install the newer one")
        }
        for migration in migrations.prefix(version) {
            let sql: SQL = "SELECT checksum FROM schema_migrations WHERE version = \(migration.version)"
            guard try value(of: sql, as: Digest.self, on: connection) == migration.checksum else {
                throw .databaseUnavailable(
                    "migration \(migration.version) was applied in another form than this program has")
            }
        }
        return Array(migrations.dropFirst(version))
    }

    /// The accounts that a migration names. The owner is whoever owns the routines that root has made.
    private func accounts(on connection: Connection) throws(Failure) -> [String: String] {
        let sql: SQL = """
            SELECT definer FROM information_schema.routines
            WHERE routine_schema = DATABASE() AND routine_name = 'password_matches'
            """
        guard let definer = try value(of: sql, as: String.self, on: connection) else {
            throw .databaseUnavailable(
                "the routines of passwords are missing: run `authfcgi init-db` as the database's root")
        }
        let owner = definer.prefix { $0 != "@" }
        let host = try value(
            of: "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', -1)", as: String.self, on: connection)
        return [
            "{application}": try SQLName(application).account(at: host ?? "localhost"),
            "{owner}": try SQLName(String(owner)).account(at: "localhost"),
        ]
    }

    private func record(_ migration: Migration, on connection: Connection) throws(Failure) {
        let sql: SQL = """
            INSERT INTO schema_migrations (version, name, checksum, applied_at)
            VALUES (\(migration.version), \(migration.name), \(migration.checksum), UTC_TIMESTAMP(6))
            """
        _ = try rows(of: sql, on: connection)
    }

    /// The first column of the first row; nil when there is none, or NULL.
    private func value<Result: ValueConvertible>(
        of sql: SQL, as type: Result.Type, on connection: Connection
    ) throws(Failure) -> Result? {
        var row = try rows(of: sql, on: connection).first
        return try row?.optional(type)
    }

    private func rows(of sql: SQL, on connection: Connection) throws(Failure) -> [Row] {
        try execute("migrating") { () throws(MariaDBError) in
            try connection.statement(sql.text).run(sql.values).rows
        }
    }

    private func execute<Result>(
        _ step: String, _ body: () throws(MariaDBError) -> Result
    ) throws(Failure) -> Result {
        do throws(MariaDBError) {
            return try body()
        } catch {
            throw .databaseUnavailable("\(step): \(error.summary)")
        }
    }
}
