import Support
import Testing

extension WatchedTests {
    /// What nobody may reach who has not signed in, however the path is written (security F6).
    ///
    /// Behind the check the site has a fallback (`try_files … /members/index.html`), so any path there shows a page.
    @Suite struct ProtectedPathTests {
        struct OddPath: Sendable, CustomTestStringConvertible {
            let path: String
            let status: Int
            /// How often the check is asked.
            let checks: Int

            var testDescription: String { path }
        }

        /// What is a page of the place, or might be one: asked once and refused.
        static let checked = [
            "", "index.html", "second.html", "nothing", "?optional=1", "?verified=0&optional=1", "%26optional%3D1",
            "%3Foptional=1", "%3foptional%3d1", "%23", "%252e%252e/", "%0d%0aX:y", "%c0%ae%c0%ae/", "index.html/",
            "index.html%20", "%ff", "$uri", "@members_allow", "%25%30%30",
        ]

        /// What two readers could understand differently: refused before anybody is asked.
        static let malformed = [
            "%00", "second%00.html", ";", "index.html;a=1", "/index.html", "/", "..", "../members/index.html", ".",
            "./index.html", "%2e%2e/members/", ".%2e/members/second.html", "%2findex.html", "%5c..%5c", "%3B",
            "second%2ehtml", "..%2f", "%u002e", "a/../second.html",
        ]

        static let elsewhere =
            ["//members/", "/./members/", "/x/../members/", "/x/%2e%2e/members/", "/members%2f", "/members;/"]
            .map { OddPath(path: $0, status: 400, checks: 0) }
            + ["/..;/members/", "/a/..%2fmembers/", "/%00members/", "/..%2fprivate/members/index.html", "/\\members/"]
            .map { OddPath(path: $0, status: 400, checks: 0) }
            + ["/%6dembers/", "/members%3f/../members/"]
            .enumerated().map { OddPath(path: $1, status: $0 == 0 ? 401 : 400, checks: $0 == 0 ? 1 : 0) }
            + ["/Members/", "/_auth/members", "/_auth/members?x", "/private/members/index.html", "/.authfcgi/gate"]
            .map { OddPath(path: $0, status: 404, checks: 0) }
            + ["/@members_allow", "/auth/check", "/auth/check?optional=1", "/members%20/", "/members%3Foptional=1"]
            .map { OddPath(path: $0, status: 404, checks: 0) }

        static let paths =
            ["/members/", "/verified/", "/fresh/"].flatMap { place in
                checked.map { OddPath(path: place + $0, status: 401, checks: 1) }
                    + malformed.map { OddPath(path: place + $0, status: 400, checks: 0) }
            } + elsewhere

        private let stack: Stack
        private let curl: Curl

        init() throws {
            stack = try WatchedStack.shared.get()
            curl = Curl(stack.origin)
        }

        @Test(arguments: paths) func `a stranger gets nothing, for one question at most`(odd: OddPath) throws {
            for method in ["GET", "POST"] {
                let lines = try stack.logged {
                    let answer = try curl.send(method, odd.path)
                    #expect(answer.status == odd.status, "\(method)")
                    #expect(!answer.body.contains("You are signed in"))
                }
                #expect(lines.filter { $0.contains(#""policy":"#) }.count == odd.checks, "\(method)")
            }
        }

        @Test func `the table has sixty paths and more, and a member gets by once for each page`() throws {
            #expect(Self.paths.count >= 60)
            let visitor = try Visitor.registered(at: stack)
            for path in ["/members/", "/members/second.html", "/members/nothing", "/members/%26optional%3D1"] {
                let lines = try stack.logged {
                    let page = try visitor.get(path)
                    #expect(page.status == 200)
                }
                #expect(lines.filter { $0.contains(#""policy":"#) }.count == 1)
            }
        }

        @Test func `a browser is led to the sign-in page and back, a program gets problem details`() throws {
            let page = try curl.send("GET", "/members/", headers: ["Accept": "text/html"])
            #expect(page.status == 303)
            #expect(page["Location"] == "/signin.html?return_to=/members/")
            let program = try curl.send("GET", "/members/", headers: ["Accept": "application/json"])
            #expect(program.status == 401)
            #expect(program["Content-Type"] == "application/problem+json")
            #expect(program["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
    }
}
