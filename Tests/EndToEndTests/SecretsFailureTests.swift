import Foundation
import Support
import Testing

/// Every failed sign-in is the same to whoever watches (security N1, N2; decisions 28).
///
/// That each computes Argon2 once is counted in `DomainTests` (`SignInTests`), where the calls can be seen.
@Suite(.serialized) struct SecretsFailureTests {
    private struct Seen {
        let kind: String
        let status: Int
        let head: [String]
        let body: String
        let statements: [String]
    }

    @Test func `each kind of failure takes the same statements and gets the same answer`() throws {
        let stack = try Stack(.http, settings: Stack.roomySettings)
        try stack.admitTests()
        let service = stack.service
        let login = try service.pool("login")
        for name in ["alive", "disabled", "deleted"] { _ = try Hostile.user(login, name: name) }
        _ = try stack.database(
            """
            UPDATE authfcgi.users SET disabled_at = NOW() WHERE username = 'disabled';
            UPDATE authfcgi.users SET deleted_at = NOW() WHERE username = 'deleted';
            SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON
            """)
        let kinds = [
            ("unknown name", "nobody9", Hostile.password), ("unknown address", "nobody@example.org", Hostile.password),
            ("wrong password", "alive", "wrong horse battery staple 9"),
            ("wrong password by address", "alive@example.org", "wrong horse battery staple 9"),
            ("disabled, right password", "disabled", Hostile.password),
            ("disabled, wrong password", "disabled", "wrong horse battery staple 9"),
            ("deleted, right password", "deleted", Hostile.password),
            ("no name at all", "!!! ???", Hostile.password), ("no address at all", "a@b@c", Hostile.password),
        ]
        // The first request of a worker connects and prepares; that is nobody's account.
        for _ in 0..<8 { _ = try sign(stack, "alive", "wrong horse battery staple 9") }
        let seen = try kinds.map { kind, name, password in
            _ = try stack.database("TRUNCATE mysql.general_log")
            let answer = try sign(stack, name, password)
            return Seen(
                kind: kind, status: answer.status, head: Self.comparable(answer), body: Self.withoutIDs(answer.body),
                statements: try statements(stack))
        }
        #expect(seen[0].status == 401)
        #expect(seen[0].statements.count >= 4)
        for other in seen.dropFirst() {
            #expect(other.status == seen[0].status, "\(other.kind)")
            #expect(other.head == seen[0].head, "\(other.kind)")
            #expect(other.body == seen[0].body, "\(other.kind)")
            #expect(other.statements == seen[0].statements, "\(other.kind)")
        }
    }

    private func sign(_ stack: Stack, _ name: String, _ password: String) throws -> Curl.Answer {
        try Curl(stack.origin).send(
            "POST", "/auth/login", headers: ["Content-Type": "application/json"],
            body: #"{"username":"\#(name)","password":"\#(password)"}"#)
    }

    private static func comparable(_ answer: Curl.Answer) -> [String] {
        answer.headers.filter { !["date", "x-request-id"].contains($0.name) }.map { "\($0.name): \($0.value)" }
    }

    /// Every identifier of a request becomes the same text.
    private static func withoutIDs(_ body: String) -> String {
        body.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "ID")
    }

    /// What the service sent, without the values.
    private func statements(_ stack: Stack) throws -> [String] {
        let rows = try stack.database(
            """
            SELECT HEX(argument) FROM mysql.general_log WHERE command_type IN ('Execute', 'Query')
            AND user_host LIKE 'authfcgi[%' ORDER BY event_time, thread_id
            """)
        return rows.split(separator: "\n").map { Self.withoutValues(Self.text(hex: $0)) }
    }

    private static func text(hex: Substring) -> String {
        let digits = Array(hex)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
        }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func withoutValues(_ sql: String) -> String {
        sql.replacing(/'(?:[^'\\]|\\[\s\S]|'')*'/, with: "?").replacing(/\b(?:NULL|[0-9]+)\b/, with: "?")
    }
}
