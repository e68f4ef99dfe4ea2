import Foundation
import Support
import Testing

/// A service that mails to a sink, with nginx before it, and a person who reads the mail.
struct MailedSite {
    let sink: MailSink
    let own: OwnService
    let web: OwnWeb
    let curl: Curl
    let json = ["Accept": "application/json"]

    /// - Parameter settings: more of them.
    init(_ settings: String = "", server: TestServer = .shared) throws {
        sink = try MailSink()
        own = try OwnService(
            settings: """
                registration = "verified";
                passwords = { cost = { iterations = 1; memory = 8192; }; };
                \(Self.roomyLimits)
                mail = {
                    transport = "smtp"; from = "auth@example.org";
                    smtp = { host = "localhost"; port = \(sink.port); security = "none"; };
                };
                \(settings)
                """, server: server)
        try own.start()
        web = try own.startWeb()
        curl = Curl(web.origin)
    }

    /// Budgets that no test uses up.
    static let roomyLimits = """
        limits = {
            sign_in_address = { burst = 10000; }; sign_in_pair = { burst = 1000; }; sign_in_account = { burst = 1000; };
            sign_in_device = { burst = 1000; }; sign_in_network = { burst = 1000; };
            register_address = { burst = 10000; }; register_pair = { burst = 1000; }; register_account = { burst = 1000; };
            mail_address = { burst = 10000; }; mail_client = { burst = 10000; };
        };
        """

    /// Posts JSON, from the site itself.
    func post(_ path: String, _ body: [String: String], cookies: [String] = []) throws -> Curl.Answer {
        var headers = json
        headers["Content-Type"] = "application/json"
        headers["Origin"] = "http://localhost:8080"
        return try curl.send("POST", path, headers: headers, cookies: cookies, body: Self.encoded(body))
    }

    static func encoded(_ body: [String: String]) throws -> String {
        String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
    }

    /// The token of the newest link below `path` that was mailed to this address.
    func token(_ path: String, to address: String) throws -> String {
        var found: String?
        #expect(
            try eventually(within: 20) {
                let texts = try sink.messages().filter { $0.recipients == [address] }.compactMap(\.text)
                let lines = texts.flatMap { $0.split(whereSeparator: \.isNewline).map(String.init) }
                found = lines.last { $0.hasPrefix("http://localhost:8080\(path)?token=") }
                return found != nil
            }, "\(path) to \(address)")
        return String(try #require(found?.split(separator: "=").last))
    }

    /// Registers and proves the address; the cookies of the session.
    func register(_ address: String, _ password: String, name: String = "Ann") throws -> [String] {
        let begun = try post("/auth/register", ["email": address, "name": name, "password": password])
        #expect(begun.status == 202, "\(begun.body)")
        let token = try token("/auth/verify", to: address)
        let proved = try post("/auth/verify", ["token": token], cookies: begun.cookies)
        #expect(proved.status == 201, "\(proved.body)")
        return proved.cookies.filter { $0.hasPrefix("__Host-sid=s_") }
    }

    /// Whether every mail that was queued for somebody has been delivered.
    func isQuiet() throws -> Bool {
        let root = try RootConnection(own.root)
        return try root.rows(
            "SELECT COUNT(*) FROM outbox_messages WHERE template <> 'nobody' AND payload IS NOT NULL") == [["0"]]
    }
}

/// Posts JSON through a web server and takes the time of it.
struct TimedClient {
    struct Timed {
        let time: Duration
        let answer: RawHTTP.Answer

        /// Of the head, what does not differ from one request to the next.
        var shape: [String] {
            answer.head.components(separatedBy: "\r\n").map { line in
                let name = line.prefix { $0 != ":" }.lowercased()
                return ["date", "x-request-id", "set-cookie"].contains(name) ? name : line
            }
        }

        /// `name=value` of the session's cookie that it sets.
        var session: String? {
            answer.head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("set-cookie: __host-sid=s_") }
                .map { String($0.dropFirst("set-cookie: ".count).prefix { $0 != ";" }) }
        }
    }

    let port: Int

    func post(_ path: String, _ body: [String: String], cookie: String? = nil) throws -> Timed {
        let body = try MailedSite.encoded(body)
        var lines = [
            "POST \(path) HTTP/1.1", "Host: localhost:\(port)", "Connection: close", "Accept: application/json",
            "Content-Type: application/json", "Sec-Fetch-Site: same-origin", "Content-Length: \(body.utf8.count)",
        ]
        if let cookie { lines.append("Cookie: \(cookie)") }
        let bytes = Array((lines + ["", body]).joined(separator: "\r\n").utf8)
        let start = ContinuousClock.now
        let answer = try RawHTTP(port: port).send(bytes)
        return Timed(time: .now - start, answer: answer)
    }
}
