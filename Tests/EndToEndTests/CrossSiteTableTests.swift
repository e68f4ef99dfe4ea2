import Support
import Testing

/// Who may send what from where (decisions 11, security C2), through nginx. The tables are written by hand.
@Suite struct CrossSiteTableTests {
    enum Credential: CaseIterable { case none, cookie, bearer }

    struct Row: Sendable, CustomTestStringConvertible {
        let credential: Credential
        /// Nil for no header; `ours` stands for the stack's own.
        let origin: String?
        /// Statuses for the values of `Sec-Fetch-Site`, in the order of `fetchSites`.
        let statuses: [Int]

        init(_ credential: Credential, _ origin: String?, _ statuses: Int...) {
            self.credential = credential
            self.origin = origin
            self.statuses = statuses
        }

        var testDescription: String { "\(credential), Origin \(origin ?? "absent")" }
    }

    static let fetchSites = ["same-origin", "same-site", "cross-site", "none", nil]
    static let formListed = "https://forms.example"
    static let settingsListed = "https://settings.example"
    static let foreign = "https://evil.example"

    // The columns: same-origin, same-site, cross-site, none, absent.
    static let signInRows =
        [Credential.none, .cookie].flatMap { credential in
            [
                Row(credential, "ours", 200, 200, 200, 200, 200),
                Row(credential, formListed, 200, 200, 200, 200, 200),
                Row(credential, settingsListed, 200, 403, 403, 403, 403),
                Row(credential, foreign, 200, 403, 403, 403, 403),
                Row(credential, "null", 200, 403, 403, 403, 403),
                Row(credential, nil, 200, 403, 403, 403, 200),
            ]
        }
        + ["ours", formListed, settingsListed, foreign, "null", nil].map { Row(.bearer, $0, 200, 200, 200, 200, 200) }

    // The same columns.
    static let accountRows =
        [
            Row(.cookie, "ours", 200, 200, 200, 200, 200),
            Row(.cookie, formListed, 200, 403, 403, 403, 403),
            Row(.cookie, settingsListed, 200, 200, 200, 200, 200),
            Row(.cookie, foreign, 200, 403, 403, 403, 403),
            Row(.cookie, "null", 200, 403, 403, 403, 403),
            Row(.cookie, nil, 200, 403, 403, 403, 403),
            Row(.none, "ours", 401, 401, 401, 401, 401),
            Row(.none, formListed, 401, 403, 403, 403, 403),
            Row(.none, settingsListed, 401, 401, 401, 401, 401),
            Row(.none, foreign, 401, 403, 403, 403, 403),
            Row(.none, "null", 401, 403, 403, 403, 403),
            Row(.none, nil, 401, 403, 403, 403, 401),
        ]
        + ["ours", formListed, settingsListed, foreign, "null", nil].map { Row(.bearer, $0, 200, 200, 200, 200, 200) }

    static let acts: [(path: String, form: KeyValuePairs<String, String>)] = [
        ("/auth/me", ["name": "Changed"]), ("/auth/logout", ["scope": "others"]),
    ]

    private let stack: Stack

    init() throws { stack = try Stack.http.get() }

    @Test(arguments: signInRows) func `a sign-in or registration is taken from where it may come`(row: Row) throws {
        let visitor = try Visitor.registered(at: stack)
        for (site, expected) in zip(Self.fetchSites, row.statuses) {
            let before = try sessions(of: visitor)
            let signIn = try send(
                row, site, "/auth/login", ["login": visitor.email, "password": visitor.password], as: visitor)
            #expect(signIn.status == expected, "login, Sec-Fetch-Site \(site ?? "absent")")
            // The session, and the device by which the account knows the browser again.
            #expect(signIn.cookies.count == (expected == 200 ? 2 : 0))
            let made = try sessions(of: visitor).subtracting(before)
            #expect(made.count == (expected == 200 ? 1 : 0))

            let other = Visitor(stack)
            let registration = try send(
                row, site, "/auth/register", ["email": other.email, "password": other.password], as: visitor)
            #expect(
                registration.status == (expected == 200 ? 201 : 403), "register, Sec-Fetch-Site \(site ?? "absent")")
            #expect(try sessions(of: other).count == (expected == 200 ? 1 : 0))
            if expected == 403 { #expect(signIn.code == "origin_not_allowed") }
        }
    }

    @Test(arguments: accountRows) func `an account is changed from where it may be`(row: Row) throws {
        let visitor = try Visitor.registered(at: stack)
        for (site, expected) in zip(Self.fetchSites, row.statuses) {
            for (path, form) in Self.acts {
                _ = try stack.database("UPDATE authfcgi.users SET name = 'Before' WHERE email = '\(visitor.email)'")
                let answer = try send(row, site, path, form, as: visitor)
                // Whoever has no session is signed out already.
                let expected = path == "/auth/logout" && expected == 401 ? 200 : expected
                #expect(answer.status == expected, "\(path), Sec-Fetch-Site \(site ?? "absent")")
                let name = try stack.database("SELECT name FROM authfcgi.users WHERE email = '\(visitor.email)'")
                #expect(name == (path == "/auth/me" && expected == 200 ? "Changed\n" : "Before\n"))
            }
        }
    }

    @Test func `the session's token stands for the headers of a browser, and only this session's`() throws {
        let visitor = try Visitor.registered(at: stack)
        let stranger = try Visitor.registered(at: stack)
        let token = try #require(try visitor.get("/auth/csrf").text("csrf_token"))
        let foreign = try #require(try stranger.get("/auth/csrf").text("csrf_token"))
        func change(_ headers: [String: String], _ form: KeyValuePairs<String, String>) throws -> Curl.Answer {
            let headers = headers.merging(["Accept": "application/json"]) { old, _ in old }
            return try visitor.curl.post("/auth/me", form: form, headers: headers, cookies: visitor.cookies)
        }
        #expect(try change([:], ["name": "A"]).code == "csrf_failed")
        #expect(try change([:], ["name": "A", "csrf_token": foreign]).code == "csrf_failed")
        #expect(try change(["X-CSRF-Token": foreign], ["name": "A"]).code == "csrf_failed")
        #expect(try change([:], ["name": "A", "csrf_token": token]).status == 200)
        #expect(try change(["X-CSRF-Token": token], ["name": "B"]).status == 200)
        #expect(try change(["Origin": Self.formListed], ["name": "C", "csrf_token": token]).status == 200)
        // A foreign page gets nowhere, even with the token.
        #expect(
            try change(["Origin": Self.foreign], ["name": "D", "csrf_token": token]).code == "origin_not_allowed")
    }

    private func send(
        _ row: Row, _ site: String?, _ path: String, _ form: KeyValuePairs<String, String>, as visitor: Visitor
    ) throws -> Curl.Answer {
        var headers = ["Accept": "application/json"]
        headers["Origin"] = row.origin == "ours" ? stack.origin : row.origin
        headers["Sec-Fetch-Site"] = site
        var cookies: [String] = []
        switch row.credential {
        case .none: break
        case .cookie: cookies = visitor.cookies
        case .bearer: headers["Authorization"] = "Bearer " + (try bearerToken(of: visitor))
        }
        return try visitor.curl.post(path, form: form, headers: headers, cookies: cookies)
    }

    private func bearerToken(of visitor: Visitor) throws -> String {
        let answer = try visitor.curl.post(
            "/auth/login", form: ["login": visitor.email, "password": visitor.password, "carrier": "token"],
            headers: ["Accept": "application/json"])
        return try #require(answer.text("token"))
    }

    /// How many sessions a person has, as the database's root sees it.
    /// The cookie sessions that the database has of a visitor, by their ids.
    private func sessions(of visitor: Visitor) throws -> Set<Substring> {
        let ids = try stack.database(
            """
            SELECT HEX(sessions.id) FROM authfcgi.sessions JOIN authfcgi.users ON users.id = user_id
            WHERE email = '\(visitor.email)' AND carrier = 'cookie'
            """)
        return Set(ids.split(separator: "\n"))
    }
}
