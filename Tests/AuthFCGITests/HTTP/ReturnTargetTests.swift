import Foundation
import Support
import Testing

@testable import AuthFCGI

@Suite struct ReturnTargetTests {
    private static let own = "https://example.org"
    private static let allowed = ["https://www.example.org", "http://localhost:8080"]

    private func target(_ text: String) -> ReturnTarget? {
        ReturnTarget(text, origin: ReturnTargetTests.own, allowed: ReturnTargetTests.allowed)
    }

    @Test(arguments: [
        ("/", "/"), ("/members/", "/members/"), ("/a/b.html", "/a/b.html"), ("/a?b=c", "/a?b=c"), ("/a?", "/a?"),
        ("/a#b", "/a#b"), ("/a?b=//c/../d", "/a?b=//c/../d"), ("/a?u=https://evil.test", "/a?u=https://evil.test"),
        ("/a?b=%2F%2F%5C%25", "/a?b=%2F%2F%5C%25"), ("/caf%C3%A9", "/caf%C3%A9"), ("/a%20b", "/a%20b"),
        ("/a?x[]=1&x[]=2", "/a?x[]=1&x[]=2"), ("/~ada/@me;v=1", "/~ada/@me;v=1"), ("/...", "/..."),
        ("https://example.org", "/"), ("https://example.org/a?b#c", "/a?b#c"), ("https://example.org?a", "/?a"),
        ("https://www.example.org", "https://www.example.org/"),
        ("https://www.example.org/a?b", "https://www.example.org/a?b"),
        ("https://www.example.org#x", "https://www.example.org/#x"),
        ("http://localhost:8080/a", "http://localhost:8080/a"),
    ])
    func `a path of ours or a URL of a listed origin is accepted`(text: String, location: String) {
        #expect(target(text)?.location == location)
    }

    @Test(arguments: [
        "", " ", "a", "a/b", "?a", "#a", ".", "./a", "../a", "//", "//evil.test", "///evil.test", "////evil.test",
        "//evil.test/%2e%2e", "/\\evil.test", "\\/evil.test", "\\\\evil.test", "/\\/evil.test", "\\evil.test",
        "/%5cevil.test", "/%5Cevil.test", "%5c%5cevil.test", "/%5c%5cevil.test", "/%2fevil.test", "/%2Fevil.test",
        "%2f%2fevil.test", "/%2f%2fevil.test", "/%252fevil.test", "/%255cevil.test", "%09//evil.test", "/%09/evil.test",
        "/\t/evil.test", "\t//evil.test", "/\n/evil.test", "\n//evil.test", "/\r/evil.test", " //evil.test",
        "/ /evil.test", "/%0d%0aSet-Cookie:a=b", "/a\r\nSet-Cookie: a=b", "/a?b=%0d%0ac", "/a#%0a", "/a%00b",
        "/a\u{0}b",
        "/%7f", "/a\u{7F}", "/./a", "/../a", "/..//evil.test", "/.//evil.test", "/a/..", "/a/.", "/a/%2e%2e/b",
        "/%2e%2e//evil.test", "/.%2e//evil.test", "/a//b", "/a//", "/%", "/%4", "/%zz", "/%+1", "/a?%", "/a?%g0",
        "/a#%",
        "/a#b#c", "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
        " javascript:alert(1)", "javascript://example.org/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc",
        "ftp://example.org/", "https:evil.test", "https:/evil.test", "https:///evil.test", "https:\\\\evil.test",
        "https://", "https:", "http://example.org/", "https://evil.test", "https://example.org@evil.test",
        "https://example.org:x@evil.test/", "https://example.org%40evil.test", "https://evil.test@example.org/",
        "https://example.org.evil.test", "https://example.orgevil.test", "https://example.org:443/",
        "https://example.org:8443/", "https://example.org:@evil.test", "https://example.org\\@evil.test",
        "https://example.org\\.evil.test", "https://example.org;evil.test", "https://example.org,evil.test",
        "https://example.org&evil.test", "https://example.org%2f@evil.test", "https://example.org%00.evil.test",
        "https://example.org.", "https://example.org./", "https://example.org%2e/", "https://EXAMPLE.ORG/",
        "HTTPS://example.org/", "https://example.org//evil.test", "https://example.org/\\evil.test",
        "https://example.org/%2fevil.test", "https://example.org/../a", "https://sub.example.org/", "https://[::1]/",
        "https://www.example.org.evil.test", "https://www.example.org@evil.test", "http://localhost:80801/",
        "http://localhost:8080@evil.test", "http://localhost/", "https://evil.test#https://example.org/",
        "https://evil.test?https://example.org/", "https://evil.test\\@example.org", "/\u{2215}\u{2215}evil.test",
        "\u{FF0F}\u{FF0F}evil.test", "/\u{FF0F}evil.test", "\u{2044}\u{2044}evil.test", "/\u{FF3C}evil.test",
        "https://example\u{3002}org/", "https://\u{FF45}xample.org/", "/\u{200B}/evil.test", "/\u{FEFF}/evil.test",
        "/\u{A0}/evil.test", "/a\u{2028}b", "/\u{FFFD}", "/é", "/\u{301}a", "/a\"b", "/a<b>", "/a`b", "/a|b", "/a^b",
        "/a{b}", "@evil.test", ":evil.test", "//example.org", "//www.example.org/",
    ])
    func `whatever some parser could read as another host is refused`(text: String) {
        #expect(target(text) == nil)
    }

    @Test func `a target has at most 2048 bytes`() {
        #expect(target("/" + String(repeating: "a", count: 2047)) != nil)
        #expect(target("/" + String(repeating: "a", count: 2048)) == nil)
    }

    @Test(arguments: [
        ("/f", "/f?error=weak&field=new%20one#weak"), ("/f?", "/f?error=weak&field=new%20one#weak"),
        ("/f?a=1&b#top", "/f?a=1&b&error=weak&field=new%20one#weak"),
        ("/f?error=old&field=x&a=1&error=two", "/f?a=1&error=weak&field=new%20one#weak"),
        ("/f?%65rror=old&errors=1", "/f?errors=1&error=weak&field=new%20one#weak"),
        ("https://www.example.org/f#x", "https://www.example.org/f?error=weak&field=new%20one#weak"),
    ])
    func `a refusal replaces an earlier one and keeps the rest`(text: String, expected: String) {
        #expect(target(text)?.refusing(code: "weak", field: "new one") == expected)
    }

    @Test func `a refusal without a field removes an earlier field`() {
        #expect(target("/f?field=a&x=1")?.refusing(code: "limited", field: nil) == "/f?x=1&error=limited#limited")
    }

    @Test(arguments: [
        ("/s?return_to=%2Fm%3Fa%3Db", "/m?a=b"), ("/s?a=1&return_to=/m", "/m"), ("/s?return_to=", ""), ("/s", nil),
        ("/s?return_to", nil), ("/s?return_to=a&return_to=b", nil), ("/s?return_to=%FF", nil),
        ("/s?%72eturn_to=a", "a"),
    ])
    func `an item of the query is read when it stands there once`(text: String, expected: String?) {
        #expect(target(text)?.queryItem("return_to") == expected)
    }

    @Test(arguments: [
        ("https://example.org/signin.html?return_to=/m", "/signin.html?return_to=/m"), ("https://example.org", "/"),
        ("https://www.example.org/signin.html", nil), ("https://evil.test/", nil), ("/signin.html", nil), ("", nil),
        ("https://example.org.evil.test/", nil), ("about:blank", nil), (nil, nil),
    ])
    func `only a page of ours is a referer to go back to`(referer: String?, expected: String?) {
        #expect(ReturnTarget(referer: referer, origin: ReturnTargetTests.own)?.location == expected)
    }

    @Test func `ten thousand random targets are refused or stay where they may`() throws {
        var random = SeededGenerator(seed: 5)
        let pieces = [
            "/", "/", "\\", "a", "evil.test", "https:", "https://example.org", "https://www.example.org", "@", ":", ".",
            "..",
            "%2f", "%5c", "%09", "%41", "?", "#", "&", "=", "error", "\t", "\n", " ", "é", "\u{0}",
        ]
        let hosts: [String?: String] = ["example.org": "https", "www.example.org": "https", "localhost": "http"]
        let base = try #require(URL(string: ReturnTargetTests.own + "/here/page"))
        var accepted = 0
        for _ in 0..<10_000 {
            let text = (Bool.random(using: &random) ? "/" : "") + random.text(of: pieces, limit: 6)
            guard let target = target(text) else { continue }
            accepted += 1
            for location in [target.location, target.refusing(code: "e", field: "\r\n//")] {
                #expect(location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }, "\(text)")
                let url = try #require(URL(string: location, relativeTo: base)?.absoluteURL, "\(text)")
                #expect(hosts[url.host()] == url.scheme, "\(text)")
                #expect(url.user() == nil && !url.path().hasPrefix("//"), "\(text)")
            }
        }
        #expect(accepted > 500)
    }
}
