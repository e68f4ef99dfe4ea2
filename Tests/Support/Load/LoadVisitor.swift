internal import Foundation

/// One thread of a load client: a connection, and people who use it in turn. Nobody else acts for them, so what they
/// must find is known.
final class LoadVisitor {
    private let connection: LoadConnection
    private let host: String
    private let mark: String
    private var generator: SeededGenerator
    private var registrations = 0
    private var renames = 0
    private(set) var people: [LoadPerson] = []

    private static let firstPassword = "correct horse battery staple"

    var reconnects: Int { connection.reconnects }

    /// - Parameter mark: what every name begins with, so that two loads on one database do not meet.
    init(number: Int, port: Int, plan: LoadPlan, mark: String) {
        let source = "127.1.\(number / 250).\(number % 250 + 1)"
        connection = LoadConnection(port: port, source: source, patience: plan.patience)
        host = "localhost:\(port)"
        self.mark = "\(mark)\(number)"
        generator = SeededGenerator(seed: plan.seed &* 1000 &+ UInt64(number))
    }

    /// Makes those who have an account from the beginning.
    func settle(_ count: Int) throws {
        for _ in 0..<count {
            let (entry, answer) = register(due: .now)
            guard !entry.isFailure, let cookie = answer.cookie,
                case .registration(let user?, let session?)? = entry.act
            else {
                throw Command.Failed(
                    description: "no account for the load: \(entry) \(String(decoding: answer.body, as: UTF8.self))")
            }
            people.append(
                LoadPerson(
                    email: entry.person, username: String(entry.person.prefix { $0 != "@" }), user: user,
                    name: "First", password: Self.firstPassword, cookie: cookie, session: session))
        }
    }

    func act(_ mix: LoadMix, due: ContinuousClock.Instant) -> LoadEntry {
        let index = Int.random(in: 0..<people.count, using: &generator)
        var kind = mix.pick(&generator)
        // Whose password is in doubt shows only whom he is already signed in to.
        if people[index].doubtfulPassword != nil, kind == .signIn || kind == .passwordChange { kind = .profile }
        switch kind {
        case .check: return visit("/members/", kind, people[index], due)
        case .profile: return visit("/auth/me", kind, people[index], due)
        case .rename: return rename(&people[index], due)
        case .signIn: return signIn(&people[index], due)
        case .registration: return register(due: due).entry
        case .passwordChange: return changePassword(&people[index], due)
        }
    }

    private func visit(
        _ path: String, _ kind: LoadKind, _ person: LoadPerson, _ due: ContinuousClock.Instant
    ) -> LoadEntry {
        send("GET", path, kind, person.email, cookie: person.cookie, due).entry
    }

    private func rename(_ person: inout LoadPerson, _ due: ContinuousClock.Instant) -> LoadEntry {
        renames += 1
        let name = "Name \(renames)"
        let (entry, _) = send(
            "POST", "/auth/me", .rename, person.email, cookie: person.cookie, due, form: ["name": name]
        ) { _ in .rename(name: name) }
        if !entry.isFailure { person.name = name }
        return entry
    }

    private func signIn(_ person: inout LoadPerson, _ due: ContinuousClock.Instant) -> LoadEntry {
        let (entry, answer) = send(
            "POST", "/auth/login", .signIn, person.email, due,
            form: ["username": person.email, "password": person.password]
        ) { .signIn(session: $0.session) }
        if !entry.isFailure, let cookie = answer.cookie, case .signIn(let session?)? = entry.act {
            person.cookie = cookie
            person.session = session
        }
        return entry
    }

    private func changePassword(_ person: inout LoadPerson, _ due: ContinuousClock.Instant) -> LoadEntry {
        renames += 1
        let password = "\(Self.firstPassword) \(renames)"
        let (entry, _) = send(
            "POST", "/auth/password", .passwordChange, person.email, cookie: person.cookie, due,
            form: ["current_password": person.password, "new_password": password]
        ) { _ in .passwordChange(password: password) }
        if !entry.isFailure {
            person.password = password
        } else if entry.isAmbiguous {
            person.doubtfulPassword = password
        }
        return entry
    }

    private func register(
        due: ContinuousClock.Instant
    ) -> (entry: LoadEntry, answer: LoadConnection.Answer) {
        registrations += 1
        let username = "\(mark)r\(registrations)"
        return send(
            "POST", "/auth/register", .registration, "\(username)@example.com", due,
            form: [
                "email": "\(username)@example.com", "username": username, "name": "First",
                "password": Self.firstPassword,
            ]
        ) { .registration(user: $0.user, session: $0.session) }
    }

    private func send(
        _ method: String, _ path: String, _ kind: LoadKind, _ person: String, cookie: String? = nil,
        _ due: ContinuousClock.Instant, form: KeyValuePairs<String, String> = [:],
        _ act: (LoadAnswerIDs) -> LoadAct? = { _ in nil }
    ) -> (entry: LoadEntry, answer: LoadConnection.Answer) {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nAccept: application/json\r\n"
        text += "Sec-Fetch-Site: same-origin\r\nUser-Agent: load\r\n"
        if let cookie { text += "Cookie: \(cookie)\r\n" }
        let body = form.map { "\($0.key)=\(Self.encode($0.value))" }.joined(separator: "&")
        if method == "POST" {
            text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let start = ContinuousClock.now
        let (outcome, answer) = connection.exchange(
            Array((text + "\r\n" + body).utf8), isRepeatable: kind.isRepeatable)
        let end = ContinuousClock.now
        let ids = outcome == .answered(kind.success) ? LoadAnswerIDs(answer.body) : LoadAnswerIDs([])
        let entry = LoadEntry(
            kind: kind, person: person, due: due, start: start, end: end, outcome: outcome,
            retryAfter: answer.retryAfter, act: act(ids))
        return (entry, answer)
    }

    private static func encode(_ text: String) -> String {
        text.replacingOccurrences(of: "@", with: "%40").replacingOccurrences(of: " ", with: "+")
    }
}

/// The ids in an answer that opened a session.
struct LoadAnswerIDs {
    var user: String?
    var session: String?

    init(_ body: [UInt8]) {
        let object = body.isEmpty ? nil : try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        user = (object?["user"] as? [String: Any])?["id"] as? String
        session = (object?["session"] as? [String: Any])?["id"] as? String
    }
}
