import Domain
import Testing

@Suite struct UsernameTests {
    @Test(arguments: [
        ("mike", "mike"), ("MIKE", "mike"), ("Mike_99", "mike_99"), ("\u{FF2D}\u{FF29}\u{FF2B}\u{FF25}", "mike"),
        ("a.b-c", "a.b-c"), ("42", "42"), ("\u{212A}ai", "kai"), ("mi\u{200B}ke", "mike"), ("mi\u{202E}ke", "mike"),
        (String(repeating: "a", count: 31), String(repeating: "a", count: 31)),
    ])
    func `a username has one spelling`(input: String, expected: String) {
        #expect(Username(input)?.text == expected)
    }

    @Test(arguments: [
        "", "a", String(repeating: "a", count: 32), "m\u{131}ke", "m\u{456}ke", "mike ", " mike", "mi ke", "-mike",
        ".mike",
        "_mike", "mike@example.org", "mike\u{FF20}x", "m\u{FC}ller", "mi/ke", "mi\0ke", "mike\n",
        "\u{1F600}\u{1F600}", "mi+ke", "mi\u{308}ke", String(repeating: "a", count: 100_000),
    ])
    func `what is not a username is refused`(input: String) {
        #expect(Username(input) == nil)
    }

    @Test(arguments: ["admin", "ROOT", "Postmaster", "\u{FF41}dmin", "www"])
    func `names of the house are reserved in every spelling`(input: String) {
        #expect(Username(input)?.isReserved == true)
    }

    @Test(arguments: ["mike", "admin1", "roots"])
    func `other names are free`(input: String) {
        #expect(Username(input)?.isReserved == false)
    }
}
