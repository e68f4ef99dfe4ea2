import JSON
import Testing

@testable import AuthFCGI

@Suite struct OutputTests {
    static let users: [[(name: String, value: JSONValue)]] = [
        [("name", .string("ada")), ("sessions", .integer(3)), ("active", .bool(true))],
        [("name", .string("grace\u{1B}[2J")), ("sessions", .integer(12)), ("active", .null)],
    ]

    @Test func `a table is aligned and a name cannot move the cursor`() {
        #expect(
            Output.table(Self.users, columns: ["name", "sessions", "active"], json: false) == """
                NAME       SESSIONS  ACTIVE
                ada        3         yes
                grace\u{FFFD}[2J  12        -
                """)
    }

    @Test func `the same is one line of JSON`() {
        #expect(
            Output.table(Self.users, columns: ["name"], json: true)
                == #"[{"name":"ada","sessions":3,"active":true},{"name":"grace\u001B[2J","sessions":12,"active":null}]"#
        )
    }

    @Test func `a record is a member a line`() {
        #expect(
            Output.record([("id", .integer(1)), ("roles", .array([.string("a"), .string("b")]))], json: false) == """
                id     1
                roles  a, b
                """)
    }
}
