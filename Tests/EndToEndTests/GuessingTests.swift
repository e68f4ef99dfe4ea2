import Foundation
import Support
import Synchronization
import Testing

/// Guessing has limits that nothing gets around (security B1, B3–B5; decisions 32). The limits are those of a fresh
/// installation: 5 a minute for one address and account, 10 in a quarter of an hour for one account, 30 for an address.
@Suite(.serialized) struct GuessingTests {
    static let stack = Result { () throws -> Stack in
        let stack = try Stack(.http, settings: OwnService.cheapSettings)
        try stack.admitTests()
        return stack
    }

    /// A user who registered from an address of his own.
    private func victim(_ number: Int) throws -> String {
        let name = "victim\(number)"
        let made = try Self.stack.get().service.pool("login").post(
            "/auth/register",
            #"{"email":"\#(name)@example.org","username":"\#(name)","password":"\#(Hostile.password)"}"#,
            address: "192.0.2.\(number)")
        guard made.status == 201 else {
            throw Unexpected(description: "registration: \(made.status ?? 0) \(made.body)")
        }
        return name
    }

    /// Guesses until somebody has time to answer: a guess that is turned away with 503 was none.
    private func guess(_ name: String, from address: String) throws -> Int? {
        while true {
            let status = try Self.stack.get().service.pool("login").post(
                "/auth/login", #"{"username":"\#(name)","password":"wrong horse battery staple"}"#, address: address
            ).status
            if status != 503 { return status }
            usleep(20_000)
        }
    }

    /// How often each status came for 200 guesses at once, from as many addresses.
    private func storm(at name: String, meanwhile: @Sendable () throws -> Void = {}) throws -> [Int?: Int] {
        let counts = Mutex<[Int?: Int]>([:])
        let group = DispatchGroup()
        for number in 1...200 {
            group.enter()
            Thread.detachNewThread {
                let status = (try? guess(name, from: "127.0.1.\(number)")) ?? nil
                counts.withLock { $0[status, default: 0] += 1 }
                group.leave()
            }
        }
        try meanwhile()
        group.wait()
        return counts.withLock { $0 }
    }

    private func failuresRecorded(of name: String) throws -> Int {
        let count = try Self.stack.get().database(
            """
            SELECT COUNT(*) FROM authfcgi.audit_events JOIN authfcgi.users ON users.id = subject_id
            WHERE event = 'session.sign_in_failed' AND username = '\(name)'
            """)
        return Int(count.trimmingCharacters(in: .newlines)) ?? -1
    }

    @Test func `of 200 guesses at once the account's limit reaches Argon2, and no more come after it`() throws {
        let name = try victim(1)
        let counts = try storm(at: name)
        #expect(counts == [401: 10, 429: 190])
        #expect(try failuresRecorded(of: name) == 10)
        #expect(try guess(name, from: "127.0.2.1") == 429)
        // Another spelling is the same account.
        for spelling in ["VICTIM1", "ｖictim1", "Victim1"] { #expect(try guess(spelling, from: "127.0.2.2") == 429) }
        #expect(try guess("victim1@example.org", from: "127.0.2.3") == 429)
        // The right password gains nothing meanwhile, so that a guess that hits is not told from one that misses.
        let right = try Self.stack.get().service.pool("login").post(
            "/auth/login", #"{"username":"\#(name)","password":"\#(Hostile.password)"}"#, address: "127.0.2.4")
        #expect(right.status == 429)
        #expect(Int(right["Retry-After"] ?? "") ?? 0 > 60)
    }

    @Test func `killing every worker amid the guesses gives nobody more of them`() throws {
        let name = try victim(2)
        let service = try Self.stack.get().service
        let first = try storm(at: name) {
            usleep(20_000)
            for worker in try service.status().workers { kill(worker.pid, SIGKILL) }
        }
        _ = try service.settledStatus()
        let second = try storm(at: name)
        #expect((first[401] ?? 0) + (second[401] ?? 0) <= 10)
        #expect(try failuresRecorded(of: name) <= 10)
        #expect(second[nil] == nil && (second[429] ?? 0) >= 190)
        #expect(try guess(name, from: "127.0.3.1") == 429)
    }

    @Test func `through the web server the address of the connection counts, whatever headers say`() throws {
        let stack = try Self.stack.get()
        let name = try victim(3)
        let http = RawHTTP(port: stack.port)
        let forged = [
            "X-Forwarded-For", "X-Real-IP", "Forwarded", "X_Forwarded_For", "True-Client-IP", "Client-IP",
            "Remote-Addr",
        ]
        var statuses: [Int] = []
        for number in 0..<8 {
            let body = #"{"username":"\#(name)","password":"wrong horse battery staple"}"#
            let headers = forged.map { "\($0): 198.51.100.\(number)\r\n" }.joined()
            let answer = try http.send(
                Array(
                    ("POST /auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8),
                from: "127.0.4.9")
            #expect(
                answer.head.hasPrefix("HTTP/1.1 \(answer.status ?? 0) ")
                    && !answer.head.contains("HTTP/1.1 \(answer.status ?? 0) \r\n"))
            statuses.append(answer.status ?? 0)
        }
        #expect(statuses == [401, 401, 401, 401, 401, 429, 429, 429])
    }

    @Test func `from many addresses through the web server the account's limit holds too`() throws {
        let stack = try Self.stack.get()
        let name = try victim(4)
        let http = RawHTTP(port: stack.port)
        let body = #"{"username":"\#(name)","password":"wrong horse battery staple"}"#
        let request =
            "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let statuses = try (1...20).map { try http.send(Array(request.utf8), from: "127.0.5.\($0)").status }
        #expect(statuses == Array(repeating: 401, count: 10) + Array(repeating: 429, count: 10))
    }

    @Test func `a network of IPv6 is one address, and a mapped address is the mapped one`() throws {
        // Another account each time: only the address can run out, after 30.
        let wide = try (0..<34).map { try guess("nobody\($0)", from: "2001:db8:1:2:\(String($0, radix: 16))::\($0)") }
        #expect(wide.prefix(30).allSatisfy { $0 == 401 })
        #expect(wide.suffix(3).allSatisfy { $0 == 429 })
        #expect(try guess("nobody99", from: "2001:db8:1:3::1") == 401)
        let mixed = try (0..<34).map {
            try guess("nemo\($0)", from: $0.isMultiple(of: 2) ? "10.9.8.7" : "::ffff:10.9.8.7")
        }
        #expect(mixed.prefix(30).allSatisfy { $0 == 401 })
        #expect(mixed.suffix(3).allSatisfy { $0 == 429 })
    }
}
