import Support
import Testing

@testable import AuthFCGI

@Suite struct CookiesTests {
    @Test(
        arguments: [
            ("", .absent), (";", .absent), ("sid", .absent), ("sid2=a", .absent), ("xsid=a", .absent),
            ("SID=a", .absent),
            ("=sid=a", .absent), ("a=sid=b", .absent), ("sid =a", .absent), ("\u{2003}sid=a", .absent),
            ("a=1,sid=2", .absent),
            ("sid=a", .value("a")), ("sid=", .value("")), ("a=1; sid=b; c=2", .value("b")), ("a=1;sid=b", .value("b")),
            ("  sid=b", .value("b")), ("sid=a=b", .value("a=b")), ("x=ünï; sid=a", .value("a")),
            ("x=\"; sid=a", .value("a")),
            ("sid=a; sid=b", .ambiguous), ("sid=a; sid=a", .ambiguous), ("sid=; sid=a", .ambiguous),
            ("sid=\"a\"", .ambiguous), ("sid=a b", .ambiguous), ("sid=a ", .ambiguous), ("sid= a", .ambiguous),
            ("sid=a,b", .ambiguous), ("sid=a\\b", .ambiguous), ("sid=é", .ambiguous), ("sid=\u{FFFD}", .ambiguous),
            ("sid=a\u{0}", .ambiguous), ("sid=a\r\nb", .ambiguous), ("x=\u{7F}; sid=a", .ambiguous),
            ("\tsid=a", .ambiguous),
        ] as [(String, Cookies.Lookup)])
    func `a header is looked up`(header: String, expected: Cookies.Lookup) {
        #expect(Cookies.value(of: "sid", in: header) == expected)
    }

    @Test func `a header over eight kibibytes is no credential`() {
        let header = { (count: Int) in "sid=a; x=" + String(repeating: "y", count: count - 9) }
        #expect(Cookies.value(of: "sid", in: header(8192)) == .value("a"))
        #expect(Cookies.value(of: "sid", in: header(8193)) == .ambiguous)
    }

    @Test func `cookies are written for this host only`() {
        #expect(
            SetCookie("sid", "abc", isSecure: true).header
                == "__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax")
        #expect(
            SetCookie("sid", "abc", maxAge: 60, isSecure: false).header
                == "sid=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
        #expect(
            SetCookie.expired("sid", isSecure: true).header
                == "__Host-sid=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    @Test func `ten thousand random headers give one clean value, none or ambiguity`() {
        var random = SeededGenerator(seed: 3)
        let pieces = [
            "sid", "__Host-sid", "=", ";", "; ", " ", "a", "B9_-", "\"", ",", "\\", "é", "\u{0}", "\r\n", "\u{FFFD}",
            "sid=x",
        ]
        var counts = [0, 0, 0]
        for _ in 0..<10_000 {
            let header = random.text(of: pieces, limit: 10)
            switch Cookies.value(of: "sid", in: header) {
            case .absent: counts[0] += 1
            case .ambiguous: counts[1] += 1
            case .value(let value):
                counts[2] += 1
                #expect(header.contains("sid=\(value)"), "\(header)")
                #expect(value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\",;\\".utf8.contains($0) }, "\(header)")
            }
        }
        #expect(counts.allSatisfy { $0 > 100 })
    }
}
