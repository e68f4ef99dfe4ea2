import Domain
import Testing

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("mike@example.org", "mike@example.org", "mike@example.org"),
        ("Mike@Example.ORG", "Mike@example.org", "mike@example.org"),
        ("mike+lists@example.org", "mike+lists@example.org", "mike+lists@example.org"),
        ("m\u{FC}ller@m\u{FC}ller.example", "m\u{FC}ller@xn--mller-kva.example", "m\u{FC}ller@xn--mller-kva.example"),
        ("mu\u{308}ller@example.org", "m\u{FC}ller@example.org", "m\u{FC}ller@example.org"),
        ("M\u{DC}LLER@example.org", "M\u{DC}LLER@example.org", "m\u{FC}ller@example.org"),
        ("o'brien@example.org", "o'brien@example.org", "o'brien@example.org"),
        ("a@b.example", "a@b.example", "a@b.example"),
        ("m\u{131}ke@example.org", "m\u{131}ke@example.org", "m\u{131}ke@example.org"),
    ])
    func `an address has one text and one key`(input: String, text: String, key: String) throws {
        let address = try #require(EmailAddress(input))
        #expect(Array(address.text.unicodeScalars) == Array(text.unicodeScalars))
        #expect(Array(address.key.unicodeScalars) == Array(key.unicodeScalars))
    }

    @Test(arguments: [
        // more than one mailbox, or more than a mailbox
        "a@example.org,b@example.org", "a@example.org;b@example.org", "a@example.org b@example.org",
        "Mike <mike@example.org>", "<mike@example.org>", "mike(comment)@example.org", "mike@example.org (comment)",
        "mailto:mike@example.org", "group:a@example.org;",
        // headers and commands of the mail protocol
        "mike@example.org\r\nBcc: b@example.org", "mike\r\n@example.org", "mike@example.org\n", "mike\0@example.org",
        // routes
        "mike%other.example@example.org", "other.example!mike@example.org", "@relay.example:mike@example.org",
        // quoted and misshapen local parts
        "\"mike\"@example.org", "\"a b\"@example.org", ".mike@example.org", "mike.@example.org", "mi..ke@example.org",
        "mi\\ke@example.org", "@example.org", "mike", "mike@", "a@b@example.org", "mike@@example.org",
        // spaces and what cannot be seen
        " mike@example.org", "mike@example.org ", "mi ke@example.org", "mi\tke@example.org", "mi\u{A0}ke@example.org",
        "mi\u{202E}ke@example.org", "mi\u{200B}ke@example.org", "mi\u{200D}ke@example.org", "mike@exam\u{200B}ple.org",
        "mike@\u{202E}example.org", "mi\u{AD}ke@example.org", "\u{FEFF}mike@example.org", "mi\u{85}ke@example.org",
        // no letters
        "\u{1F600}@example.org", "mike\u{FE0F}@example.org", "mi\u{FF20}ke@example.org", "mike\u{E000}@example.org",
        // domains
        "mike@localhost", "mike@[127.0.0.1]", "mike@[IPv6:::1]", "mike@127.0.0.1", "mike@example.org.",
        "mike@.example.org",
        "mike@exam_ple.org", "mike@example.org:25", "mike@example.org/x", "mike@exa mple.org", "mike@example..org",
        "mike@exam\u{FF0F}ple.org",
        // lengths
        "", "@", String(repeating: "a", count: 65) + "@example.org",
        "a@" + Array(repeating: String(repeating: "b", count: 60), count: 4).joined(separator: ".") + ".example.org",
    ])
    func `what is not exactly one mailbox is refused`(input: String) {
        #expect(EmailAddress(input) == nil)
    }

    @Test func `254 bytes are the most`() throws {
        let labels = [63, 63, 63].map { String(repeating: "b", count: $0) }.joined(separator: ".") + ".de"
        let longest = String(repeating: "a", count: 254 - 1 - labels.utf8.count) + "@" + labels
        #expect(longest.utf8.count == 254)
        #expect(try #require(EmailAddress(longest)).text == longest)
        #expect(EmailAddress("a" + longest) == nil)
    }

    @Test func `addresses with one key are one address`() throws {
        let plain = try #require(EmailAddress("mike@example.org"))
        #expect(EmailAddress("MIKE@EXAMPLE.ORG") == plain)
        #expect(EmailAddress("m\u{131}ke@example.org") != plain)
        #expect(EmailAddress("mike+a@example.org") != plain)
        #expect(Set([plain, try #require(EmailAddress("Mike@example.org"))]).count == 1)
    }

    @Test func `the local part is what stands before the at sign`() throws {
        #expect(try #require(EmailAddress("Mike.M@example.org")).localPart == "Mike.M")
    }

    @Test func `a local part that folding makes too long is refused`() {
        // A capital I with a dot takes two bytes, folded three.
        #expect(EmailAddress(String(repeating: "o", count: 61) + "\u{130}@example.org") != nil)
        #expect(EmailAddress(String(repeating: "o", count: 62) + "\u{130}@example.org") == nil)
    }
}
