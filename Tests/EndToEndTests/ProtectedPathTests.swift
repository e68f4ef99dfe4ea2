import Support
import Testing

/// What nobody may reach who has not signed in, however the path is written (security F6).
@Suite struct ProtectedPathTests {
    static let odd =
        ["/members/", "/verified/", "/fresh/"].flatMap { place in
            [
                "", "%26optional%3D1", "%3Foptional=1", "?optional=1", "%00", "second%00.html", ";", "index.html;a=1",
                "/index.html", "..", "../members/index.html", "%2e%2e/members/", "./index.html", "%2findex.html",
                "%5c..%5c", "%252e%252e/", "index.html/", "%0d%0aX:y", ".%2e/members/second.html", "second%2ehtml",
            ].map { place + $0 }
        } + [
            "//members/", "/./members/", "/x/../members/", "/x/%2e%2e/members/", "/%6dembers/", "/members", "/Members/",
            "/members%2f", "/members;/", "/..;/members/", "/_auth/members", "/_auth/members?x", "/a/..%2fmembers/",
            "/private/members/index.html", "/%00members/", "/members/%c0%ae%c0%ae/", "/..%2fprivate/members/index.html",
            "/.authfcgi/gate/", "/@members_allow", "/auth/check", "/auth/check?optional=1",
        ]

    @Test(arguments: odd) func `a stranger never gets a protected page`(path: String) throws {
        let curl = Curl(try Stack.http.get().origin)
        for method in ["GET", "HEAD", "POST"] {
            let answer = try curl.send(method, path)
            #expect(!(200...299).contains(answer.status), "\(method) \(path)")
            #expect(answer.status != 500, "\(method) \(path)")
        }
    }

    @Test func `a browser is led to the sign-in page and back, a program gets problem details`() throws {
        let curl = Curl(try Stack.http.get().origin)
        let page = try curl.send("GET", "/members/", headers: ["Accept": "text/html"])
        #expect(page.status == 303)
        #expect(page["Location"] == "/signin.html?return_to=/members/")
        let program = try curl.send("GET", "/members/", headers: ["Accept": "application/json"])
        #expect(program.status == 401)
        #expect(program["Content-Type"] == "application/problem+json")
        #expect(program["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
    }
}
