import Foundation
import Support
import Testing

/// What is mailed or typed to prove something stands nowhere once it was delivered (security G1, W8).
@Suite struct MailedSecretsTests {
    private static let words = [
        "canary password one plover", "canary password two curlew", "canary password three dunlin",
    ]

    @Test func `no secret of a mail, a form or a cookie gets into a log, or stays in the outbox`() throws {
        let site = try MailedSite("log = { level = \"debug\"; };")
        let (address, next) = ("plover@example.org", "curlew@example.org")
        var secrets = Self.words
        // A registration: its cookie, its link, and the session.
        let begun = try site.post("/auth/register", ["email": address, "password": Self.words[0]])
        let browser = try #require(begun.cookies.first { $0.hasPrefix("__Host-registration=o_") })
        let verification = try site.token("/auth/verify", to: address)
        #expect(try site.curl.send("GET", "/auth/verify?token=\(verification)", headers: site.json).status == 200)
        #expect(try site.curl.send("GET", "/auth/verify?token=\(verification)").status == 200)
        let proved = try site.post("/auth/verify", ["token": verification], cookies: [browser])
        #expect(proved.status == 201)
        let session = try #require(proved.cookies.first { $0.hasPrefix("__Host-sid=s_") })
        secrets += [verification, String(browser.drop { $0 != "=" }.dropFirst())]
        secrets.append(String(session.drop { $0 != "=" }.dropFirst()))
        try sendCanaries(to: site, session, &secrets)
        // A code, and a change of the address.
        #expect(try site.post("/auth/confirm/code", [:], cookies: [session]).status == 202)
        let code = try self.code(of: site)
        #expect(try site.post("/auth/confirm", ["code": code], cookies: [session]).status == 200)
        let root = try RootConnection(site.own.root)
        try root.run("UPDATE users SET email_verified_at = email_verified_at - INTERVAL 8 DAY")
        let change = ["email": next, "current_password": Self.words[0]]
        #expect(try site.post("/auth/email", change, cookies: [session]).status == 202)
        let confirmation = try site.token("/auth/email/confirm", to: next)
        #expect(
            try site.curl.post("/auth/email/confirm", form: ["token": confirmation, "password": Self.words[0]]).status
                == 303)
        let undo = try site.token("/auth/email/undo", to: address)
        #expect(try site.post("/auth/email/undo", ["token": undo]).status == 200)
        // A new password by the link, as a form, and the notice's own link.
        let recovery = try site.token("/auth/recover/reset", to: address)
        let reset: KeyValuePairs = ["token": recovery, "new_password": Self.words[1]]
        #expect(try site.curl.post("/auth/recover/reset", form: reset).status == 303)
        let notMe = try site.token("/auth/not-me", to: address)
        #expect(try site.curl.post("/auth/not-me", form: ["token": notMe]).status == 303)
        secrets += [confirmation, undo, recovery, notMe]
        #expect(try eventually(within: 30) { try site.isQuiet() })
        #expect(Set(secrets).count == secrets.count && secrets.allSatisfy { $0.count > 20 })
        try expectNone(of: secrets, code, of: site)
    }

    /// Secrets that are nobody's, to everything that takes some, as a form and as JSON: refused, and not repeated.
    private func sendCanaries(to site: MailedSite, _ session: String, _ secrets: inout [String]) throws {
        let acts: [(path: String, fields: [String])] = [
            ("/auth/verify", ["token", "new_password"]), ("/auth/recover/verify", ["token"]),
            ("/auth/recover/reset", ["token", "new_password"]), ("/auth/not-me", ["token"]),
            ("/auth/email/confirm", ["token", "password"]), ("/auth/email/undo", ["token"]),
            ("/auth/confirm", ["code"]), ("/auth/confirm", ["current_password"]),
            ("/auth/password", ["current_password", "new_password"]), ("/auth/email", ["current_password"]),
            ("/auth/me/delete", ["current_password"]),
        ]
        for (number, act) in acts.enumerated() {
            for way in ["form", "json"] {
                var body: [String: String] = act.path == "/auth/email" ? ["email": "dunlin@example.org"] : [:]
                for field in act.fields {
                    let canary = "o_\(field)-canary-\(number)-\(way)-".padding(
                        toLength: 45, withPad: "sanderling", startingAt: 0)
                    body[field] = canary
                    secrets.append(canary)
                }
                let answer: Curl.Answer
                if way == "json" {
                    answer = try site.post(act.path, body, cookies: [session])
                    #expect((400..<500).contains(answer.status), "\(act.path): \(answer.status)")
                } else {
                    let text = body.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
                    answer = try site.curl.send(
                        "POST", act.path,
                        headers: [
                            "Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost:8080",
                            "Referer": "http://localhost:8080/page.html",
                        ], cookies: [session], body: text)
                    #expect(answer.status == 303 || answer.status >= 400, "\(act.path): \(answer.status)")
                }
                let all = answer.headers.map(\.value).joined(separator: "\n") + answer.body
                for secret in body.values where secret.hasPrefix("o_") {
                    #expect(!all.contains(secret), "\(act.path) as \(way)")
                }
            }
        }
    }

    /// The code in the mail that has one.
    private func code(of site: MailedSite) throws -> String {
        var found: String?
        #expect(
            try eventually(within: 20) {
                let texts = try site.sink.messages().compactMap(\.text)
                let words = texts.flatMap { $0.split { !$0.isASCII || !($0.isLetter || $0.isNumber) } }
                found = words.last { $0.count == 8 && $0.allSatisfy(\.isNumber) }.map { String($0) }
                return found != nil
            })
        return try #require(found)
    }

    private func expectNone(of secrets: [String], _ code: String, of site: MailedSite) throws {
        let folder = site.own.directory + "/web/state/log"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
        #expect(files.contains { $0.contains("access") })
        var places: [(name: String, text: String)] = try (files + [site.own.log]).map { file in
            (file, String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self))
        }
        #expect(places.contains { $0.text.contains("/auth/recover/reset") })
        for table in ["outbox_messages", "one_time_tokens", "audit_events", "registrations"] {
            let rows = try Command(
                "mariadb", "--no-defaults", "--socket=\(site.own.server.socket)", "--user=root", "--binary-as-hex",
                "--batch", site.own.database, "-e", "SELECT * FROM \(table)"
            ).output()
            places.append((table, rows))
        }
        #expect(places.contains { $0.name == "one_time_tokens" && $0.text.contains("0x") })
        for (name, text) in places {
            let capitals = text.uppercased()
            for (index, secret) in secrets.enumerated() {
                // Without its prefix, and as bytes in hexadecimal, too.
                let bare = secret.hasPrefix("o_") || secret.hasPrefix("s_") ? String(secret.dropFirst(2)) : secret
                #expect(!text.contains(bare), "secret \(index) in \(name)")
                #expect(!text.contains(bare.replacingOccurrences(of: " ", with: "+")), "secret \(index) in \(name)")
                #expect(!capitals.contains(Secrets.hex(bare)), "secret \(index) in \(name)")
                // The bytes that a link's or a cookie's text stands for.
                let padded = bare.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
                if bare.count == 43, let bytes = Data(base64Encoded: padded + "=") {
                    let hex = bytes.map { String(format: "%02X", $0) }.joined()
                    #expect(!capitals.contains(hex), "the bytes of secret \(index) in \(name)")
                }
            }
            let hasCode = text.ranges(of: code).contains { range in
                let before = range.lowerBound == text.startIndex ? " " : text[text.index(before: range.lowerBound)]
                let after = range.upperBound == text.endIndex ? " " : text[range.upperBound]
                return !before.isHexDigit && !after.isHexDigit
            }
            #expect(!hasCode, "the code in \(name)")
        }
    }
}
