import Testing
import Text

@Suite struct DomainNameTests {
    private static let longest = String(repeating: "a", count: 63)

    /// The A-labels come from the published examples and from Python's punycode codec.
    @Test(arguments: [
        ("example.org", "example.org"), ("EXAMPLE.Org", "example.org"),
        ("m\u{FC}ller.example", "xn--mller-kva.example"),
        ("M\u{DC}LLER.example", "xn--mller-kva.example"), ("mu\u{308}ller.example", "xn--mller-kva.example"),
        ("xn--mller-kva.example", "xn--mller-kva.example"), ("XN--MLLER-KVA.example", "xn--mller-kva.example"),
        ("fa\u{DF}.example", "xn--fa-hia.example"), ("\u{4F8B}\u{3048}.jp", "xn--r8jz45g.jp"),
        ("\u{FF45}xample.org", "example.org"), ("example\u{3002}org", "example.org"),
        ("a-b.c-d.example", "a-b.c-d.example"),
        ("1.example", "1.example"), (longest + ".example", longest + ".example"),
    ])
    func `a host name has one ASCII form`(input: String, expected: String) {
        #expect(DomainName.ascii(input) == expected)
    }

    @Test(arguments: [
        "", ".", "localhost", "example.org.", ".example.org", "example..org", "a_b.example", "-a.example", "a-.example",
        "a b.example", " example.org", "example.org\n", "example.org\0", "127.0.0.1", "[127.0.0.1]", "[::1]",
        "2130706433",
        "0x7f.0.0.1", longest + "a.example", "example.org:25", "user@example.org", "a%2eb.example", "a/b.example",
        "xn--.example", "xn--a-\u{E4}.example", "\u{202E}gro.example", "a\u{200B}b..example", "ex\u{2028}.org",
        "*.example",
        "\u{1F600}.example.", "a.1", "a\u{FF0F}b.example", "a\u{2100}.example", "a\u{200B}b.example",
        "a\u{AD}b.example", "\u{1F600}.example",
        "a\u{FF20}b.example", "a\u{FF3F}b.example",
        Array(repeating: longest, count: 4).joined(separator: ".") + ".example",
    ])
    func `what is not a host name is refused`(input: String) {
        #expect(DomainName.ascii(input) == nil)
    }
}
