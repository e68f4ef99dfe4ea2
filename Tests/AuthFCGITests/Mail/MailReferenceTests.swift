import Domain
import Foundation
import Testing

@testable import AuthFCGI

/// Whoever writes templates learns from docs/mail.md which there are and what each can say.
@Suite struct MailReferenceTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What every mail has, whatever it is about.
    private static let everywhere = Set(MailSite(Settings()).values.map(\.name))

    @Test(arguments: MailKind.allCases) func `the values of a template in the document are those that it uses`(
        kind: MailKind
    ) throws {
        let rows = try text("docs/mail.md").split(separator: "\n").filter { $0.hasPrefix("| `\(kind.rawValue)` |") }
        #expect(rows.count == 1)
        let cells = try #require(rows.first).split(separator: "|")
        try #require(cells.count == 3)
        let told = cells[2].matches(of: /`([a-z_]+)`/).map { String($0.1) }
        let parts = try ["txt", "html"].map { try text("Sources/AuthFCGI/Templates/mail/\(kind.rawValue).\($0)") }
        let used = Set(parts.joined().matches(of: /\{\{[#^\/]?([a-z_]+)\}\}/).map { String($0.1) })
        #expect(Set(told) == used.subtracting(Self.everywhere))
        #expect(Set(told).count == told.count)
    }

    @Test func `every value in the document is told about, and so is what every mail has`() throws {
        let document = try text("docs/mail.md")
        let kinds = MailKind.allCases.map { "| `\($0.rawValue)` |" }
        let rows = document.split(separator: "\n").filter { row in kinds.contains { row.hasPrefix($0) } }
        let cells = rows.compactMap { $0.split(separator: "|").last }
        let named = Set(cells.flatMap { $0.matches(of: /`([a-z_]+)`/).map { String($0.1) } })
        #expect(named.count > 5)
        let start = try #require(document.range(of: "| Value | What it is |"))
        let told = Set(document[start.upperBound...].matches(of: /`([a-z_]+)`/).map { String($0.1) })
        #expect(named.subtracting(told) == [])
        #expect(Self.everywhere.subtracting(told) == [])
    }
}
