import Domain
import Testing

@Suite struct SignInIdentifierTests {
    @Test(arguments: [
        ("Mike@Example.org", "mike@example.org"), ("MIKE", "mike"), ("\u{FF2D}ike", "mike"), ("m\u{131}ke", ""),
        ("mike@", ""), ("", ""), ("a b", ""),
    ])
    func `budgets count one account under one key`(text: String, key: String) {
        #expect(SignInIdentifier(text).key == key)
    }

    @Test func `an at sign tells an address from a username`() throws {
        guard case .email(let email) = SignInIdentifier("mike@example.org") else {
            Issue.record("not an address")
            return
        }
        #expect(email.text == "mike@example.org")
        guard case .username(let username) = SignInIdentifier("mike") else {
            Issue.record("not a username")
            return
        }
        #expect(username.text == "mike")
    }
}
