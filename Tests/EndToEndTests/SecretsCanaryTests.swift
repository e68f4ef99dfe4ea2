import Foundation
import Support
import Testing

/// What was typed or handed out once stands nowhere afterwards (security G1, X3).
@Suite struct SecretsCanaryTests {
    @Test func `no secret of a whole session gets into a log, an error, an argument or an environment`() throws {
        let stack = try Secrets.stack.get()
        let http = Curl(stack.origin)
        let password = "canary password one heron"
        let next = "canary password two egret"
        let wrong = "canary password bad stork"
        var bodies: [String] = []
        func send(_ method: String, _ path: String, _ json: String?, _ more: [String: String] = [:], status: Int) throws
            -> Curl.Answer
        {
            var headers = more
            if json != nil { headers["Content-Type"] = "application/json" }
            let answer = try http.send(method, path, headers: headers, body: json)
            #expect(answer.status == status, "\(method) \(path): \(answer.body)")
            if status >= 400 { bodies.append(answer.body) }
            return answer
        }
        let made = try send(
            "POST", "/auth/register", #"{"email":"egret@example.org","username":"egret","password":"\#(password)"}"#,
            status: 201)
        let cookie = try #require(made.cookies.first { $0.hasPrefix("__Host-sid=") })
        let bearer = try send(
            "POST", "/auth/login", #"{"username":"egret","password":"\#(password)","carrier":"token"}"#, status: 200)
        let token = try #require(Hostile.token(in: bearer.body))
        let cookies = ["Cookie": cookie]
        let own = cookies.merging(["Origin": stack.origin]) { $1 }
        let csrf = try send("GET", "/auth/csrf", nil, cookies, status: 200)
        let forgery = try #require(
            (JSONSerialization.jsonObject(with: Data(csrf.body.utf8)) as? [String: String])?["csrf_token"])
        _ = try send("POST", "/auth/login", #"{"username":"egret","password":"\#(wrong)"}"#, status: 401)
        _ = try send("POST", "/auth/login", #"{"username":"\#(wrong)","password":"\#(wrong)"}"#, status: 401)
        _ = try send("POST", "/auth/login", #"{"username":"egret","password":"\#(wrong)""#, status: 400)
        _ = try send("GET", "/auth/session?token=\(token)", nil, cookies, status: 200)
        _ = try send("GET", "/auth/sessions", nil, ["Authorization": "Bearer \(token)"], status: 200)
        _ = try send("GET", "/auth/me", nil, ["Authorization": "Bearer \(token)", "Cookie": cookie], status: 401)
        _ = try send("GET", "/members/", nil, cookies, status: 200)
        _ = try send(
            "PATCH", "/auth/me", #"{"name":"Egret"}"#, cookies.merging(["X-CSRF-Token": forgery]) { $1 }, status: 200)
        _ = try send(
            "POST", "/auth/password", #"{"current_password":"\#(wrong)","new_password":"\#(next)"}"#, own, status: 422)
        _ = try send(
            "POST", "/auth/password", #"{"current_password":"\#(password)","new_password":"\#(next)"}"#, own,
            status: 200)
        _ = try send("DELETE", "/auth/me", #"{"current_password":"\#(next)"}"#, own, status: 200)

        let state = stack.directory + "/state"
        let stored = try [
            "secrets/database", "secrets/migrator", "keys/web.secret", "keys/login.secret", "keys/check.secret",
        ]
        .map { try String(contentsOfFile: "\(state)/\($0)", encoding: .utf8).trimmingCharacters(in: .newlines) }
        let keyring = try String(contentsOfFile: state + "/keys/keyring", encoding: .utf8)
        let master = try #require(keyring.split(separator: "\n").last?.split(separator: " ").last.map(String.init))
        let secrets =
            [
                password, next, wrong, token, String(token.dropFirst(2)),
                String(cookie.dropFirst("__Host-sid=s_".count)), forgery, master,
            ]
            + stored
        #expect(secrets.allSatisfy { $0.count > 20 })
        try expectNone(of: secrets, in: bodies.joined(), "a body")
        for name in try FileManager.default.contentsOfDirectory(atPath: state + "/log") {
            let log = try Data(contentsOf: URL(fileURLWithPath: "\(state)/log/\(name)"))
            try expectNone(of: secrets, in: String(decoding: log, as: UTF8.self), name)
        }
        let log = try stack.log().joined()
        #expect(log.contains(#""path":"/auth/session""#) && log.contains(#""pool":"check""#))
        let ours = try stack.service.status().processes().union([stack.service.status().pid])
        let all = ours.union(Self.processes(named: ["authfcgi", "nginx", "mariadbd", "php-fpm"]))
        #expect(all.count >= ours.count + 4)
        for process in all {
            for file in ["cmdline", "environ"] {
                let data = FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()
                #expect(!data.isEmpty || getuid() != 0 || !ours.contains(process), "\(file)")
                try expectNone(of: secrets, in: String(decoding: data, as: UTF8.self), file)
            }
        }
    }

    /// Every process of the machine whose program has one of these names; its workers and children too.
    private static func processes(named names: [String]) -> Set<Int32> {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return Set(
            numbers.filter { number in
                let name = try? String(contentsOfFile: "/proc/\(number)/comm", encoding: .utf8)
                return names.contains { name?.hasPrefix($0) == true }
            })
    }

    private func expectNone(of secrets: [String], in text: String, _ place: String) throws {
        for (index, secret) in secrets.enumerated() { #expect(!text.contains(secret), "secret \(index) in \(place)") }
    }

    @Test func `each act leaves one row in the audit log`() throws {
        let stack = try Secrets.stack.get()
        let service = stack.service
        let login = try service.pool("login")
        let user = try Hostile.user(login, name: "audited")
        let bearer = [FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(user.token)")]
        let next = "another horse battery staple 8"
        let web = try service.pool("web")
        _ = try login.post("/auth/login", #"{"username":"audited","password":"wrong horse battery staple"}"#)
        let other = try Hostile.signIn(login, "audited")
        _ = try web.send(
            "PATCH", "/auth/me", more: bearer, type: "application/json", body: Array(#"{"name":"A"}"#.utf8))
        _ = try login.post(
            "/auth/password", #"{"current_password":"wrong horse battery staple","new_password":"\#(next)"}"#,
            more: bearer)
        _ = try login.post(
            "/auth/password", #"{"current_password":"\#(Hostile.password)","new_password":"\#(next)"}"#, more: bearer)
        let dead = [FastCGIParameter("HTTP_AUTHORIZATION", "Bearer \(other)")]
        #expect(try web.send("GET", "/auth/me", more: dead).status == 401)
        _ = try login.send(
            "DELETE", "/auth/me", more: bearer, type: "application/json",
            body: Array(#"{"current_password":"\#(next)"}"#.utf8))
        let events = try stack.database(
            """
            SELECT event FROM authfcgi.audit_events WHERE subject_id =
            (SELECT user_id FROM authfcgi.usernames WHERE name = 'audited') ORDER BY recorded_at
            """)
        #expect(
            events.split(separator: "\n") == [
                "user.registered", "session.sign_in_failed", "session.signed_in", "user.profile_changed",
                "password.change_failed", "password.changed", "user.deleted",
            ])
    }
}
