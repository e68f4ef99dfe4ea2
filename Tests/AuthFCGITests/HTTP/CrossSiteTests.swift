import Testing

@testable import AuthFCGI

/// The table of decisions 11, by hand: every origin × Sec-Fetch-Site × route class × credential.
@Suite struct CrossSiteTests {
    private let rule = CrossSite(
        ownOrigins: ["https://example.org"], formOrigins: ["https://www.example.org"],
        settingsOrigins: ["https://my.example.org"])

    /// The columns of the tables.
    private static let sites = ["same-origin", "same-site", "cross-site", "none", "garbage", nil]

    /// + allowed, t token required, - refused; a column for each of `sites`.
    struct Row: Sendable {
        let origin: String?
        let verdicts: String

        init(_ origin: String?, _ verdicts: String) {
            self.origin = origin
            self.verdicts = verdicts
        }
    }

    /// Sign-in, registration, recovery: the same without a credential and with a cookie that is left over.
    private static let signIn = [
        //                                         so ss cs no ga absent
        Row("https://example.org", "+ + + + + +"),
        Row("https://www.example.org", "+ + + + + +"),
        Row("https://my.example.org", "+ - - - - -"),
        Row("https://evil.test", "+ - - - - -"),
        Row("null", "+ - - - - -"),
        Row(nil, "+ - - - - +"),
        Row("https://example.org.evil", "+ - - - - -"),
        Row("https://evilexample.org", "+ - - - - -"),
        Row("https://sub.example.org", "+ - - - - -"),
        Row("https://example.org:8443", "+ - - - - -"),
        Row("https://example.org:443", "+ - - - - -"),
        Row("http://example.org", "+ - - - - -"),
        Row("HTTPS://EXAMPLE.ORG", "+ - - - - -"),
        Row("https://example.org/", "+ - - - - -"),
        Row("https://example.org\u{FFFD}", "+ - - - - -"),
        Row("", "- - - - - -"),
        Row("https://example.org, https://evil.test", "- - - - - -"),
        Row("https://example.org https://evil.test", "- - - - - -"),
        Row("https://example.org,https://example.org", "- - - - - -"),
        Row(" https://example.org", "- - - - - -"),
    ]

    private static let accountWithCookie = [
        Row("https://example.org", "+ + + + + +"),
        Row("https://www.example.org", "+ t t t t t"),
        Row("https://my.example.org", "+ + + + + +"),
        Row("https://evil.test", "+ - - - - -"),
        Row("null", "+ - - - - -"),
        Row(nil, "+ - - - - t"),
        Row("https://example.org.evil", "+ - - - - -"),
        Row("https://my.example.org.evil", "+ - - - - -"),
        Row("https://sub.example.org", "+ - - - - -"),
        Row("https://example.org:8443", "+ - - - - -"),
        Row("https://my.example.org:8443", "+ - - - - -"),
        Row("http://my.example.org", "+ - - - - -"),
        Row("HTTPS://EXAMPLE.ORG", "+ - - - - -"),
        Row("HTTPS://MY.EXAMPLE.ORG", "+ - - - - -"),
        Row("", "- - - - - -"),
        Row("https://example.org, https://evil.test", "- - - - - -"),
        Row("https://my.example.org https://my.example.org", "- - - - - -"),
    ]

    private static let accountWithoutCredential = [
        Row("https://example.org", "+ + + + + +"),
        Row("https://www.example.org", "+ - - - - -"),
        Row("https://my.example.org", "+ + + + + +"),
        Row("https://evil.test", "+ - - - - -"),
        Row("null", "+ - - - - -"),
        Row(nil, "+ - - - - +"),
        Row("https://example.org.evil", "+ - - - - -"),
        Row("https://example.org:8443", "+ - - - - -"),
        Row("HTTPS://EXAMPLE.ORG", "+ - - - - -"),
        Row("", "- - - - - -"),
        Row("https://example.org, https://evil.test", "- - - - - -"),
    ]

    @Test(arguments: signIn, [CrossSite.Credential.none, .cookie])
    func `sign-in, registration and recovery`(row: Row, credential: CrossSite.Credential) {
        #expect(verdicts(.signIn, row, credential) == row.verdicts, "\(row.origin ?? "no origin")")
    }

    @Test(arguments: accountWithCookie)
    func `an account with a cookie`(row: Row) {
        #expect(verdicts(.account, row, .cookie) == row.verdicts, "\(row.origin ?? "no origin")")
    }

    @Test(arguments: accountWithoutCredential)
    func `an account without a credential`(row: Row) {
        #expect(verdicts(.account, row, .none) == row.verdicts, "\(row.origin ?? "no origin")")
    }

    @Test(arguments: signIn + accountWithCookie)
    func `a bearer token, and an exempt route, come from anywhere`(row: Row) {
        for routeClass in CrossSite.RouteClass.allCases {
            #expect(verdicts(routeClass, row, .bearer) == "+ + + + + +")
        }
        for credential in CrossSite.Credential.allCases {
            #expect(verdicts(.exempt, row, credential) == "+ + + + + +")
        }
    }

    @Test(arguments: ["", "Same-Origin", "same-origin ", "same-origin, cross-site", "same-origin,same-origin"])
    func `only the exact word is same-origin`(site: String) {
        #expect(rule.verdict(.account, origin: nil, secFetchSite: site, credential: .cookie) == .refused)
        #expect(rule.verdict(.signIn, origin: "null", secFetchSite: site, credential: .none) == .refused)
    }

    private func verdicts(_ routeClass: CrossSite.RouteClass, _ row: Row, _ credential: CrossSite.Credential) -> String
    {
        CrossSiteTests.sites.map { site in
            switch rule.verdict(routeClass, origin: row.origin, secFetchSite: site, credential: credential) {
            case .allowed: "+"
            case .tokenRequired: "t"
            case .refused: "-"
            }
        }.joined(separator: " ")
    }

    /// Without the other two headers, as lynx and w3m send a form.
    @Test(arguments: [
        ("https://example.org/profile.html", CrossSite.Verdict.allowed), ("https://example.org/", .allowed),
        ("https://example.org", .tokenRequired), ("https://example.org.evil/", .tokenRequired),
        ("https://example.org@evil.test/", .tokenRequired), ("http://example.org/", .tokenRequired),
        ("https://www.example.org/", .tokenRequired), ("https://evil.test/?https://example.org/", .tokenRequired),
        ("", .tokenRequired),
    ]) func `a text browser is known by its Referer`(referer: String, verdict: CrossSite.Verdict) {
        #expect(
            rule.verdict(.account, origin: nil, secFetchSite: nil, referer: referer, credential: .cookie) == verdict)
    }

    @Test func `a Referer is nothing beside the headers that browsers send`() {
        let own = "https://example.org/profile.html"
        for (origin, site) in [("https://evil.test", nil), ("null", nil), (nil, "cross-site"), (nil, "none")] {
            #expect(
                rule.verdict(.account, origin: origin, secFetchSite: site, referer: own, credential: .cookie)
                    == .refused)
        }
    }
}
