import Foundation
import JSON
import Support

/// Somebody with curl, a name of their own, and one session cookie at a time.
struct Visitor {
    let curl: Curl
    let username: String
    let email: String
    var password = "correct horse battery staple"
    /// `name=value`; empty when signed out.
    private(set) var cookies: [String] = []

    init(_ stack: Stack) { self.init(at: stack.origin) }

    init(at origin: String) {
        curl = Curl(origin)
        username = "u" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(20)
        email = "\(username)@example.com"
    }

    /// A visitor of the stack who has an account and is signed in.
    static func registered(at stack: Stack) throws -> Visitor {
        var visitor = Visitor(stack)
        let answer = try visitor.register()
        guard answer.status == 201 else { throw Command.Failed(description: "\(answer.status): \(answer.body)") }
        return visitor
    }

    /// The same person in another browser, without its cookies.
    var elsewhere: Visitor {
        var other = self
        other.cookies = []
        return other
    }

    mutating func register() throws -> Curl.Answer {
        try post("/auth/register", ["email": email, "username": username, "password": password])
    }

    mutating func signIn(as name: String? = nil) throws -> Curl.Answer {
        try post("/auth/login", ["username": name ?? username, "password": password])
    }

    /// Sends a form as a script of the site's own pages would, and keeps the session that comes back.
    mutating func post(
        _ path: String, _ form: KeyValuePairs<String, String>, headers: [String: String] = [:]
    ) throws -> Curl.Answer {
        let usual = ["Accept": "application/json", "Sec-Fetch-Site": "same-origin"]
        let answer = try curl.post(
            path, form: form, headers: usual.merging(headers) { _, new in new }, cookies: cookies)
        for cookie in answer.cookies where cookie.hasPrefix("__Host-sid=") {
            cookies = cookie == "__Host-sid=" ? [] : [cookie]
        }
        return answer
    }

    func get(_ path: String, headers: [String: String] = [:]) throws -> Curl.Answer {
        try curl.send("GET", path, headers: headers, cookies: cookies)
    }

    /// How the service greets whoever holds these cookies: 200 or 401.
    func sessionStatus() throws -> Int { try get("/auth/session").status }
}

extension Curl.Answer {
    var json: JSONValue? { try? JSONValue.parse(Array(body.utf8)) }
    var code: String? { text("code") }

    /// A member of the JSON that is a string.
    func text(_ name: String) -> String? { if case .string(let text)? = json?[name] { text } else { nil } }
}
