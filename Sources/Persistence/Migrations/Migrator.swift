internal import Crypto
package import Domain
internal import Glibc

/// Brings the schema to the version of this program, as the migrator's account.
package struct Migrator: Sendable {
    private let settings: DatabaseSettings
    private let application: String
    private let migrations: [Migration]

    private let patience: Duration

    /// - Parameters:
    ///   - application: the name of the service's account, which is given its rights.
    ///   - patience: how long a statement tries to find a moment in which nobody is at work on its table.
    package init(
        settings: DatabaseSettings, application: String, migrations: [Migration] = Migrations.all,
        patience: Duration = .seconds(30)
    ) {
        self.settings = settings
        self.application = application
        self.migrations = migrations
        self.patience = patience
    }

    /// What `run` would do, in its order.
    package func plan() throws(Failure) -> [Migration] {
        try pending(on: try connect())
    }

    /// Applies what is pending and tells of each statement before it runs. Returns what was applied.
    ///
    /// It runs beside the service: no statement queues for a table, where it would hold up everybody who comes after it
    /// (`patience`). MariaDB commits each change of the schema at once; a migration that was interrupted is run again
    /// from its start.
    @discardableResult
    package func run(progress: (_ migration: Migration, _ statement: String) -> Void) throws(Failure) -> [Migration] {
        let connection = try connect()
        try lock(connection)
        let pending = try pending(on: connection)
        let accounts = try accounts(on: connection)
        for migration in pending {
            for statement in SQLScript.statements(of: Template.fill(migration.text, with: accounts)) {
                progress(migration, SQLScript.title(of: statement))
                try execute(statement, of: migration, on: connection) { progress(migration, $0) }
            }
            try record(migration, on: connection)
        }
        return pending
    }

    /// Runs a statement as soon as nobody is at work on its table.
    private func execute(
        _ statement: String, of migration: Migration, on connection: Connection, waiting: (String) -> Void
    ) throws(Failure) {
        let start = ContinuousClock.now
        var isFirst = true
        while true {
            do throws(MariaDBError) {
                try connection.run(statement)
                return
            } catch {
                guard error.code == 1205 else {
                    throw .databaseUnavailable("migration \(migration.version): \(error.summary)")
                }
            }
            guard ContinuousClock.now - start < patience else {
                throw .databaseUnavailable(
                    """
                    migration \(migration.version) found no moment in which nobody was at work on the table; end long \
                    transactions and backups, then run `authfcgi migrate` again: it goes on where it stopped
                    """)
            }
            if isFirst { waiting("waiting for a moment in which nobody is at work on the table") }
            isFirst = false
            usleep(20_000)
        }
    }

    private func connect() throws(Failure) -> Connection {
        try execute("connecting to \(settings.place) as \(settings.user)") { () throws(MariaDBError) in
            let connection = try Connection.open(to: settings, limits: .none)
            // What waits for a table bars it to all who come after; what waits for a row holds the rows that it has.
            try connection.run("SET SESSION lock_wait_timeout = 0, innodb_lock_wait_timeout = 1")
            return connection
        }
    }

    /// Held until the connection ends. A second migrator is refused rather than made to wait without a word; but a server that is
    /// busy may need a moment to see that the one before has gone.
    private func lock(_ connection: Connection) throws(Failure) {
        let sql: SQL = "SELECT GET_LOCK(CONCAT('authfcgi.migrate.', SHA1(DATABASE())), 2)"
        guard try value(of: sql, as: Bool.self, on: connection) == true else {
            throw .databaseUnavailable("another `authfcgi migrate` is at work on this schema")
        }
    }

    private func pending(on connection: Connection) throws(Failure) -> [Migration] {
        let schema = try execute("migrating") { () throws(MariaDBError) in try SchemaState(on: connection) }
        if schema.version > migrations.count {
            // Newer, and nothing is to be done where this program can work with it.
            try schema.accept(migrations.count)
        }
        let version = min(schema.version, migrations.count)
        for migration in migrations.prefix(version) {
            let sql: SQL = "SELECT checksum FROM schema_migrations WHERE version = \(migration.version)"
            guard try value(of: sql, as: Digest.self, on: connection) == migration.checksum else {
                throw .databaseUnavailable(
                    "migration \(migration.version) was applied in another form than this program has")
            }
        }
        // A dump that was made without its triggers brings their tables back without them.
        let missing = schema.hasTriggers ? [] : migrations.prefix(version).filter { $0.version == Migrations.triggers }
        return missing + migrations.dropFirst(version)
    }

    /// The accounts that a migration names. The owner is whoever owns the routines that root has made.
    private func accounts(on connection: Connection) throws(Failure) -> [String: String] {
        let advice = try execute("migrating") { () throws(MariaDBError) in
            try Routines.advice(on: connection, needed: Routines.ofMigrator)
        }
        if let advice { throw .databaseUnavailable(advice) }
        let sql: SQL = """
            SELECT definer FROM information_schema.routines
            WHERE routine_schema = DATABASE() AND routine_name = 'password_matches'
            """
        guard let definer = try value(of: sql, as: String.self, on: connection) else {
            throw .defect("the routines of passwords are gone again")
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
        let first: SQL = """
            INSERT INTO schema_migrations (version, name, checksum, applied_at)
            VALUES (\(migration.version), \(migration.name), \(migration.checksum), UTC_TIMESTAMP(6))
            """
        // The third migration makes the column.
        let later: SQL = """
            INSERT INTO schema_migrations (version, name, checksum, oldest_program, applied_at)
            VALUES (\(migration.version), \(migration.name), \(migration.checksum), \(migration.oldestProgram),
                UTC_TIMESTAMP(6))
            ON DUPLICATE KEY UPDATE applied_at = VALUES(applied_at)
            """
        _ = try rows(of: migration.version < 3 ? first : later, on: connection)
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
            try connection.run(sql.text, sql.values).rows
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
