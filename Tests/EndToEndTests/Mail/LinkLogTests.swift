import Foundation
import Support
import Testing

/// nginx writes requests that fail into its error log, whole: not those with the secret of a link (security G1).
@Suite(.waiting) struct LinkLogTests {
    private static let links = [
        "/auth/verify", "/auth/recover/verify", "/auth/recover/reset", "/auth/not-me", "/auth/email/confirm",
        "/auth/email/undo",
    ]

    /// What a link's secret looks like, and nobody's.
    private static func canary(_ number: Int) -> String {
        "o_canary-\(number)-".padding(toLength: 45, withPad: "dotterel", startingAt: 0)
    }

    @Test func `a link that nobody answers stands in no log, and every other failure does`() throws {
        let site = try MailedSite()
        let address = "dotterel@example.org"
        #expect(
            try site.post("/auth/register", ["email": address, "password": "correct horse battery staple"]).status
                == 202)
        let live = try site.token("/auth/verify", to: address)
        // Nobody answers, until nginx has waited long enough; and then nobody listens.
        let status = try site.own.service.status()
        let processes = [status.pid] + status.processes()
        for process in processes { kill(process, SIGSTOP) }
        try expectBusy(site, "GET", "/auth/verify?token=\(live)")
        for process in processes { kill(process, SIGKILL) }
        #expect(eventually { processes.allSatisfy { !isRunning($0) } })
        try expectBusy(site, "GET", "/auth/verify?token=\(live)")
        var canaries: [String] = []
        for path in Self.links {
            for query in ["?token=", "?a=b&token="] {
                canaries.append(Self.canary(canaries.count))
                try expectBusy(site, "GET", path + query + (canaries.last ?? ""))
            }
            // A text browser tells where it comes from, whatever the page says.
            canaries.append(Self.canary(canaries.count))
            let referer = "\(site.web.origin)\(path)?token=\(canaries.last ?? "")"
            for (method, next) in [("POST", path), ("GET", "/auth/login"), ("POST", "/auth/login")] {
                try expectBusy(site, method, next, from: referer)
            }
        }
        let folder = site.own.directory + "/web/state/log"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for secret in [live] + canaries { #expect(!text.contains(secret.dropFirst(2)), "\(name)") }
        }
        for (method, path) in [("GET", "/auth/password-policy"), ("POST", "/auth/login"), ("POST", "/auth/not-me")] {
            try expectBusy(site, method, path, from: "\(site.web.origin)/page.html?token=mine", policy: "same-origin")
            #expect(try site.web.complaints().contains { $0.contains("\"\(method) \(path) HTTP/1.1\"") }, "\(path)")
        }
    }

    private func expectBusy(
        _ site: MailedSite, _ method: String, _ path: String, from referer: String? = nil,
        policy: String = "no-referrer"
    ) throws {
        var headers = site.json
        headers["Referer"] = referer
        let answer = try site.curl.send(method, path, headers: headers)
        #expect(answer.status == 503, "\(method) \(path)")
        #expect(answer.headers.filter { $0.name == "referrer-policy" }.map(\.value) == [policy], "\(method) \(path)")
    }
}
