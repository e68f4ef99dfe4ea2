internal import Domain

/// What a database says of its schema.
struct SchemaState {
    /// Zero when there is no schema yet, or none that this account may see.
    let version: Int
    /// The version that the oldest program needs which still works with this schema.
    let oldestProgram: Int

    init(on connection: Connection) throws(MariaDBError) {
        do throws(MariaDBError) {
            let row = try connection.run("SELECT MAX(version), MAX(oldest_program) FROM schema_migrations")
            version = SchemaState.number(row.first)
            oldestProgram = SchemaState.number(row.last)
        } catch {
            switch error.code {
            // No such table; or no right to it, which the first migration gives.
            case 1146, 1142: version = 0
            // The first two versions did not have the column yet.
            case 1054:
                version = SchemaState.number(try connection.run("SELECT MAX(version) FROM schema_migrations").first)
            default: throw error
            }
            oldestProgram = version
        }
    }

    init(version: Int, oldestProgram: Int) {
        self.version = version
        self.oldestProgram = oldestProgram
    }

    /// Refuses a schema that a program cannot work with.
    func accept(_ program: Int = Migrations.needed) throws(Failure) {
        if let advice = advice(for: program) { throw .databaseUnavailable(advice) }
    }

    /// What is wrong with the schema for the program that needs a version, and what to do; nil when it works.
    func advice(for program: Int = Migrations.needed) -> String? {
        if version < program {
            return "the schema has version \(version), this program needs \(program): run `authfcgi migrate`"
        }
        guard oldestProgram > program else { return nil }
        return """
            the schema has version \(version) and wants programs for \(oldestProgram) or newer, this one is for \
            \(program): it is older than its database, install the newer one
            """
    }

    private static func number(_ column: String??) -> Int {
        column.flatMap(\.self).flatMap { Int($0) } ?? 0
    }
}
