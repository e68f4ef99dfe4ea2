package import Crypto
internal import Domain

/// One step of the schema, forward only.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    /// The version that the oldest program needs which still works when this migration is done. A smaller one than
    /// `version` promises that the program of that version serves on as if nothing had happened.
    package let oldestProgram: Int
    /// With `{application}` and `{owner}` in the place of accounts.
    package let text: String

    package init(version: Int, name: String, oldestProgram: Int, text: String) {
        self.version = version
        self.name = name
        self.oldestProgram = oldestProgram
        self.text = text
    }

    /// SHA-256 of the file.
    package var checksum: Digest { Digest.sha256(of: text.utf8) }
}

/// The migrations that this program was built with (`sql/migrations`).
package enum Migrations {
    /// In the order of their versions, which are 1, 2, 3 and so on.
    package static let all = [
        Migration(
            version: 1, name: "initial", oldestProgram: 1, text: text(of: PackageResources._001_initial_sql)),
        Migration(
            version: 2, name: "known_networks", oldestProgram: 1,
            text: text(of: PackageResources._002_known_networks_sql)),
        Migration(
            version: 3, name: "compatibility", oldestProgram: 1,
            text: text(of: PackageResources._003_compatibility_sql)),
        Migration(version: 4, name: "mail", oldestProgram: 1, text: text(of: PackageResources._004_mail_sql)),
        Migration(
            version: 5, name: "account_life", oldestProgram: 1, text: text(of: PackageResources._005_account_life_sql)),
        Migration(
            version: triggers, name: "identities", oldestProgram: 1,
            text: text(of: PackageResources._006_identities_sql)),
    ]

    /// The one that makes the triggers, which is run again where they are missing.
    static let triggers = 6

    /// The version that this program works with.
    package static var needed: Int { all.count }

    static func text(of resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }
}
