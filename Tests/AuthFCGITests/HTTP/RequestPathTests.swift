import Support
import Testing

@testable import AuthFCGI

@Suite struct RequestPathTests {
    @Test(arguments: [
        ("/auth/login", "/auth/login"), ("/auth/login", "/auth/login?a=/../%2f;//"), ("/", "/"), ("/", "/?"),
        ("/auth/", "/auth/"), ("/.well-known/jwks.json", "/.well-known/jwks.json"), ("/a~b_c-d.e", "/a~b_c-d.e"),
        ("/...", "/..."),
    ])
    func `a canonical path is served`(document: String, request: String) {
        #expect(RequestPath.canonical(documentURI: document, requestURI: request) == document)
    }

    /// What nginx makes of the second is the first.
    @Test(arguments: [
        ("/auth/login", "/auth/x/../login"), ("/auth/login", "/auth/./login"), ("/auth/login", "/auth//login"),
        ("/auth/login", "//auth/login"), ("/auth/login", "/auth%2flogin"), ("/auth/login", "/auth%2Flogin"),
        ("/auth/login", "/auth/%6cogin"), ("/auth/login", "/auth/%2e/login"), ("/auth/login", "/auth/x/%2e%2e/login"),
        ("/auth/login", "/auth/login#x"), ("/auth/login", "/auth/LOGIN"), ("/auth/login", "/auth/login/"),
        ("/auth/login", "/auth/login;x"), ("/auth/login", "/auth\\login"), ("/auth/login", "auth/login"),
        ("/auth/login", ""), ("/auth/login", "?"), ("/auth/login", "*"), ("/auth/login", "/auth/login%00"),
        ("/auth/login", "/auth/login%3fx"), ("/auth/login", "/auth/login%23"), ("/auth/login", "http://h/auth/login"),
        ("/auth/login", "/auth/logout"), ("/auth/login", "/auth/login "), ("/auth/login", "/auth/login%20"),
        ("/auth/login;x", "/auth/login;x"), ("/auth/a b", "/auth/a%20b"), ("/auth/a?b", "/auth/a%3fb"),
        ("/auth/a%b", "/auth/a%25b"), ("/auth/é", "/auth/%C3%A9"), ("/auth/\u{FFFD}", "/auth/%FF"),
        ("/auth/a\\b", "/auth/a\\b"), ("/auth/a\nb", "/auth/a%0ab"), ("/auth/a\u{0}b", "/auth/a\u{0}b"),
        ("/auth/../x", "/auth/../x"), ("/auth/..", "/auth/.."), ("/./x", "/./x"), ("//x", "//x"), ("/a//", "/a//"),
        ("", ""), ("x", "x"), ("/a@b", "/a@b"), ("/a:b", "/a:b"), ("/a+b", "/a+b"), ("/a&b", "/a&b"),
        ("/a%2fb", "/a%2fb"),
    ])
    func `anything else is malformed`(document: String, request: String) {
        #expect(RequestPath.canonical(documentURI: document, requestURI: request) == nil)
    }

    @Test func `a subrequest is routed by its own path alone`() {
        #expect(RequestPath.canonical(documentURI: "/_auth/editor", requestURI: nil) == "/_auth/editor")
        #expect(RequestPath.canonical(documentURI: "/_auth//editor", requestURI: nil) == nil)
        #expect(RequestPath.canonical(documentURI: "/" + String(repeating: "a", count: 1024), requestURI: nil) == nil)
    }

    @Test func `ten thousand random paths are refused, or clean and the same`() {
        var random = SeededGenerator(seed: 4)
        let pieces = [
            "/", "/", "a", "login", ".", "..", "%2f", "%61", "%", "\\", ";", "?", "#", "é", "\u{0}", "\n", "~",
        ]
        var served = 0
        for _ in 0..<10_000 {
            let document = "/" + random.text(of: pieces, limit: 5)
            let request = Bool.random(using: &random) ? document : "/" + random.text(of: pieces, limit: 5)
            guard let path = RequestPath.canonical(documentURI: document, requestURI: request) else { continue }
            served += 1
            #expect(path == document && request.hasPrefix(path), "\(document) \(request)")
            #expect(path.wholeMatch(of: #/(/[A-Za-z0-9._~-]+)*/?/#) != nil, "\(path)")
            #expect(path.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." }, "\(path)")
        }
        #expect(served > 100)
    }
}
