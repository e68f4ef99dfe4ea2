internal import Domain

/// What a database says of its schema.
struct SchemaState {
    /// Zero when there is no schema yet, or none that this account may see.
    let version: Int
    /// The version that the oldest program needs which still works with this schema.
    let oldestProgram: Int
    /// Whether the triggers stand that keep sessions like their users; nothing is missing where the schema has none yet, or
    /// nobody looked.
    let hasTriggers: Bool

    /// - Parameter looksAtTriggers: it takes the server some milliseconds.
    init(on connection: Connection, looksAtTriggers: Bool = true) throws(MariaDBError) {
        (version, oldestProgram) = try SchemaState.versions(on: connection)
        let looks = looksAtTriggers && version >= Migrations.triggers
        hasTriggers = looks ? try SchemaState.hasTriggers(on: connection) : true
    }

    private static func versions(on connection: Connection) throws(MariaDBError) -> (newest: Int, oldest: Int) {
        do throws(MariaDBError) {
            let row = try connection.run("SELECT MAX(version), MAX(oldest_program) FROM schema_migrations")
            return (number(row.first), number(row.last))
        } catch {
            switch error.code {
            // No such table; or no right to it, which the first migration gives.
            case 1146, 1142: return (0, 0)
            // The first two versions did not have the column yet.
            case 1054:
                let version = number(try connection.run("SELECT MAX(version) FROM schema_migrations").first)
                return (version, version)
            default: throw error
            }
        }
    }

    private static func hasTriggers(on connection: Connection) throws(MariaDBError) -> Bool {
        do throws(MariaDBError) {
            return number(try connection.run("SELECT identity_triggers_stand()").first) == 1
        } catch {
            // No such routine, or no right to it: whoever makes the triggers makes it too.
            guard [1305, 1370].contains(error.code) else { throw error }
            return false
        }
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
        if !hasTriggers {
            return "the triggers that keep sessions like their users are missing: run `authfcgi migrate`"
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
