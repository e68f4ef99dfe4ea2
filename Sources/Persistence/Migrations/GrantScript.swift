package import Crypto
package import Domain

/// What the database's root runs once before the first migration: the schema, its accounts, the routines of passwords
/// (`sql/grants.sql`, `sql/functions.sql`). It can be run again.
package struct GrantScript: Sendable {
    package let database: String
    package let application: String
    package let migrator: String
    /// Locked; owns the rows of passwords.
    package let owner: String
    /// Where the application and the migrator connect from.
    package let host: String

    package init(
        database: String, application: String, migrator: String, owner: String, host: String = "localhost"
    ) {
        self.database = database
        self.application = application
        self.migrator = migrator
        self.owner = owner
        self.host = host
    }

    /// The SQL with the passwords in it: for a pipe to the client, never for a file or an argument.
    package func render(applicationPassword: Secret, migratorPassword: Secret) throws(Failure) -> String {
        let values = [
            "{database}": try SQLName(database).quoted,
            "{application}": try SQLName(application).account(at: host),
            "{migrator}": try SQLName(migrator).account(at: host),
            "{owner}": try SQLName(owner).account(at: "localhost"),
            "{application_password}": try GrantScript.literal(applicationPassword),
            "{migrator_password}": try GrantScript.literal(migratorPassword),
        ]
        let grants = Migrations.text(of: PackageResources.grants_sql)
        let functions = Migrations.text(of: PackageResources.functions_sql)
        return Template.fill(grants + "\n" + functions, with: values)
    }

    /// Runs the script as the account of the settings, which must be the database's root.
    package func run(
        as root: DatabaseSettings, applicationPassword: Secret, migratorPassword: Secret
    ) throws(Failure) {
        let script = try render(applicationPassword: applicationPassword, migratorPassword: migratorPassword)
        do throws(MariaDBError) {
            let connection = try Connection.open(to: root, limits: .none)
            for statement in SQLScript.statements(of: script) { try connection.run(statement) }
        } catch {
            throw .databaseUnavailable("setting up the database failed: \(error.summary)")
        }
    }

    private static func literal(_ password: Secret) throws(Failure) -> String {
        let isPlain = password.withBytes { bytes in
            bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x27 && $0 != 0x5C }
        }
        guard isPlain, (12...128).contains(password.count) else {
            throw .defect("a database password has 12 to 128 printable ASCII characters without space, ' and \\")
        }
        return "'\(password.reveal())'"
    }
}

/// Text with names in braces.
enum Template {
    static func fill(_ text: String, with values: [String: String]) -> String {
        var filled = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "{") {
            filled += rest[..<start]
            rest = rest[start...]
            if let end = rest.firstIndex(of: "}"), let value = values[String(rest[...end])] {
                filled += value
                rest = rest[rest.index(after: end)...]
            } else {
                filled.append(rest.removeFirst())
            }
        }
        return filled + rest
    }
}
