package import Crypto
internal import Domain

/// One step of the schema, forward only.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    /// With `{application}` and `{owner}` in the place of accounts.
    package let text: String

    /// SHA-256 of the file.
    package var checksum: Digest { Digest.sha256(of: text.utf8) }
}

/// The migrations that this program was built with (`sql/migrations`).
package enum Migrations {
    /// In the order of their versions, which are 1, 2, 3 and so on.
    package static let all = [
        Migration(version: 1, name: "initial", text: text(of: PackageResources._001_initial_sql)),
        Migration(version: 2, name: "known_networks", text: text(of: PackageResources._002_known_networks_sql)),
    ]

    /// The version that this program works with.
    package static var needed: Int { all.count }

    static func text(of resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }

    /// The version of the schema; zero when there is none yet, or none that this account may see.
    static func version(on connection: Connection) throws(Failure) -> Int {
        do throws(MariaDBError) {
            guard var row = try connection.statement("SELECT MAX(version) FROM schema_migrations").run([]).rows.first
            else { return 0 }
            let version: Int? = try? row.optional()
            return version ?? 0
        } catch {
            // 1146 no such table; 1142 no right to it, which the first migration gives.
            if error.code == 1146 || error.code == 1142 { return 0 }
            throw Link.failure(error)
        }
    }

    /// Refuses any version but the needed one.
    static func accept(_ version: Int) throws(Failure) {
        if let advice = advice(for: version) { throw .databaseUnavailable(advice) }
    }

    /// What is wrong with a version and what to do about it; nil for the needed one.
    static func advice(for version: Int) -> String? {
        guard version != needed else { return nil }
        let advice =
            version < needed
            ? "run `authfcgi migrate`" : "this program is older than its database: install the newer one"
        return "the schema has version \(version), this program needs \(needed): \(advice)"
    }
}
