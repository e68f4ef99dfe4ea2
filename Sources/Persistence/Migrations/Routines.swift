/// The routines that the database's root makes (`sql/functions.sql`), because the migrator may not act as their owner. A
/// newer program brings new ones, which no migration can make.
enum Routines {
    /// What the service calls: their names, from the script that makes them.
    static let ofService = names(of: "FUNCTION")
    /// What the migrator calls besides.
    static let ofMigrator = ofService + names(of: "PROCEDURE")

    private static func names(of kind: String) -> [String] {
        Migrations.text(of: PackageResources.functions_sql)
            .split(separator: "\(kind) {database}.").dropFirst()
            .map { String($0.prefix { $0.isLetter || $0 == "_" }) }
            .reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
    }

    /// What is wrong, and what to do; nil when the account may call every one of them.
    static func advice(on connection: Connection, needed: [String] = ofService) throws(MariaDBError) -> String? {
        let rows = try connection.run(
            "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()", [])
        let present = Set(rows.rows.compactMap { $0.values.first.flatMap { String($0) } })
        let missing = needed.filter { !present.contains($0) }
        guard !missing.isEmpty else { return nil }
        return "the database lacks \(missing.joined(separator: ", ")): "
            + "run `authfcgi init-db | mariadb` as the database's root"
    }
}
