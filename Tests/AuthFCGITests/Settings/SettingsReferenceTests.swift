import Foundation
import Testing

@testable import AuthFCGI

@Suite struct SettingsReferenceTests {
    @Test(arguments: [
        ("docs/settings.md", ReferenceCommand.Reference.settings),
        ("packaging/authfcgi.conf", .config),
    ])
    func `the file in the repository is what the program prints`(_ file: String, reference: ReferenceCommand.Reference)
        throws
    {
        #expect(try String(contentsOfFile: repository + "/" + file, encoding: .utf8) == reference.text)
    }

    @Test func `every name of a setting is used once and every setting is explained`() {
        let variables = SettingsTable.rows.flatMap { $0.variables + [$0.fileVariable].compactMap(\.self) }
        #expect(Set(variables).count == variables.count)
        for row in SettingsTable.rows { #expect(row.summary.count > 10 && row.summary.hasSuffix("."), "\(row.path)") }
    }

    @Test func `the example with its comments opened sets the defaults`() throws {
        let scratch = try Scratch()
        let opened = SettingsReference.exampleFile.split(separator: "\n")
            .filter { !$0.contains("minimum") && !$0.contains("origin = ") }
            .map { $0.replacingOccurrences(of: "^( *)#(?! )", with: "$1", options: .regularExpression) }
        let path = try scratch.write("a.conf", opened.joined(separator: "\n"))
        let settings = try SettingsFile.load(path: path, environment: ["AUTHFCGI_SITE__ORIGIN": "https://a.example"])
        var expected = Settings()
        expected.site.origin = "https://a.example"
        #expect(settings == expected)
    }
}
