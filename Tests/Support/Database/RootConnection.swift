internal import Crypto
internal import Domain

@testable package import Persistence

/// A connection without the house's rules, to look at the database as somebody else and to do it harm.
///
/// One thread at a time may use it.
package final class RootConnection: @unchecked Sendable {
    private let connection: Connection

    package init(_ settings: DatabaseSettings) throws {
        connection = try Connection.open(to: settings, limits: .none)
    }

    /// Runs text without a result.
    package func run(_ text: String) throws {
        try connection.run(text)
    }

    /// The rows of a query, each value as text: bytes that are no UTF-8 in hexadecimal, NULL as nil.
    package func rows(_ text: String) throws -> [[String?]] {
        let outcome = try connection.statement(text).run([])
        return outcome.rows.map { row in row.values.map(RootConnection.text) }
    }

    private static func text(_ value: Value) -> String? {
        switch value {
        case .null: nil
        case .integer(let integer): String(integer)
        case .text(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self) ?? Hex.encode(bytes)
        case .instant(let instant): String(instant.microseconds)
        }
    }
}
