import Foundation
import Support
import Testing

/// Names that look alike never meet (security I5): each is refused, or is somebody's own.
@Suite struct SecretsIdentityTests {
    /// Spellings that mean the same person, and spellings that must not be taken for that person.
    static let same = ["mike", "MIKE", "Mike", "ｍike", "ᵐike"]
    static let other = [
        "mıke", "mike ", " mike", "mike\u{200B}", "mike\u{AD}", "míke", "mi\u{301}ke", "mіke", "mike.", "mikе",
    ]

    private func register(_ username: String?, _ email: String, _ password: String) throws -> FastCGIAnswer {
        var fields = ["email": email, "password": password, "carrier": "token"]
        fields["username"] = username
        return try Secrets.stack.get().service.pool("login").post("/auth/register", try json(fields))
    }

    private func signIn(_ name: String, _ password: String) throws -> String? {
        let answer = try Secrets.stack.get().service.pool("login").post(
            "/auth/login", try json(["username": name, "password": password]))
        guard answer.status == 200 else { return nil }
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return (object?["user"] as? [String: Any])?["id"] as? String
    }

    private func json(_ fields: [String: String]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    }

    private func password(_ index: Int) -> String { "the password of candidate \(index) walrus" }

    @Test func `usernames that look alike do not cross`() throws {
        let spellings = Self.same + Self.other
        var owner: [String: (id: String, index: Int)] = [:]
        for (index, name) in spellings.enumerated() {
            let made = try register(name, "candidate\(index)@example.org", password(index))
            #expect([201, 409, 422].contains(made.status), "\(name): \(made.status ?? 0)")
            if index > 0, index < Self.same.count { #expect(made.status == 409, "\(name)") }
            if made.status == 201 { owner[name] = (try #require(try signIn(name, password(index))), index) }
        }
        #expect(owner.keys.contains("mike"))
        #expect(Set(owner.values.map(\.id)).count == owner.count)
        try expectNoCrossing(spellings, owner)
    }

    @Test func `e-mail addresses that look alike do not cross`() throws {
        let spellings = (Self.same + Self.other).map { $0.replacing("mike", with: "mike") + "@mail.example" }
        var owner: [String: (id: String, index: Int)] = [:]
        for (index, name) in spellings.enumerated() {
            let made = try register(nil, name, password(index))
            #expect([201, 409, 422].contains(made.status), "\(name): \(made.status ?? 0)")
            if made.status == 201 { owner[name] = (try #require(try signIn(name, password(index))), index) }
        }
        #expect(owner.keys.contains("mike@mail.example"))
        #expect(Set(owner.values.map(\.id)).count == owner.count)
        try expectNoCrossing(spellings, owner)
    }

    /// Whoever signs in under any spelling with any password is the one who chose that password.
    private func expectNoCrossing(_ spellings: [String], _ owner: [String: (id: String, index: Int)]) throws {
        for spelling in spellings {
            for (name, account) in owner {
                guard let id = try signIn(spelling, password(account.index)) else { continue }
                #expect(id == account.id, "\(spelling) as \(name)")
                let isSame = spelling == name || spelling.lowercased().utf8.elementsEqual(name.utf8)
                #expect(
                    isSame || Self.same.contains { spelling.hasPrefix($0) && name.hasPrefix("mike") },
                    "\(spelling) as \(name)")
            }
        }
    }
}
