import Testing

@testable import AuthFCGI

@Suite struct OutputTests {
    static let users: [[(name: String, value: OutputValue)]] = [
        [("name", .text("ada")), ("sessions", .number(3)), ("active", .flag(true))],
        [("name", .text("grace\u{1B}[2J")), ("sessions", .number(12)), ("active", .none)],
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
                == #"[{"name":"ada","sessions":3,"active":true},{"name":"grace\u001b[2J","sessions":12,"active":null}]"#
        )
    }

    @Test func `a record is a member a line`() {
        #expect(
            Output.record([("id", .number(1)), ("roles", .list([.text("a"), .text("b")]))], json: false) == """
                id     1
                roles  a, b
                """)
    }
}
