import Domain
import Testing

@Suite struct PictureURLTests {
    @Test(arguments: [
        "https://example.org/a.png", "http://example.org", "HTTPS://Example.org/A.png?x=1&y=%20#f",
        "https://example.org:8443/a", "https://127.0.0.1/a.png", "https://[2001:db8::1]/a.png", "https://[::1]:8443/",
        "http://localhost/a.png", "https://xn--mller-kva.example/", "https://example.org/a@b",
        "https://example.org/" + String(repeating: "a", count: 2028),
    ])
    func `an address of a picture is kept as it was written`(input: String) {
        #expect(PictureURL(input)?.text == input)
    }

    @Test(arguments: [
        // other schemes and none
        "", "javascript:alert(1)", "data:image/png;base64,AAAA", "ftp://example.org/a", "//example.org/a.png", "/a.png",
        "a.png", "https:/example.org", "https:example.org", "https//example.org", " https://example.org/",
        "file:///etc/passwd",
        "https\n://example.org/", "blob:https://example.org/1",
        // hosts
        "https://", "https:///a.png", "https://?a", "https://#a", "https://:8443/", "https://.example.org/",
        "https://example..org/", "https://exa_mple.org/", "https://[::1/", "https://[]/", "https://[example.org]/",
        "https://[::1]x/", "https://%65xample.org/", "https://m\u{FC}ller.example/",
        "https://example.org\\@evil.example/",
        // user names and ports
        "https://mike@example.org/", "https://mike:secret@example.org/", "https://@example.org/",
        "https://example.org:/", "https://example.org:0/", "https://example.org:65536/", "https://example.org:+80/",
        "https://example.org:8a/", "https://a:b:c/",
        // characters
        "https://example.org/a b", "https://example.org/a\tb", "https://example.org/a\r\nb", "https://example.org/a\0",
        "https://example.org/\"onerror=", "https://example.org/<b>", "https://example.org/\\a", "https://example.org/`",
        "https://example.org/{a}", "https://example.org/\u{E4}", "https://example.org/\u{202E}",
        "https://example.org/%",
        "https://example.org/%2", "https://example.org/%zz", "https://example.org/a%",
        // length
        "https://example.org/" + String(repeating: "a", count: 2029),
    ])
    func `anything else is refused`(input: String) {
        #expect(PictureURL(input) == nil)
    }
}
