import Foundation
import Support
import Testing

/// Nobody is told which addresses have accounts: not by an answer, and not by how long it takes (security N3).
@Suite struct SameAnswerTests {
    private static let count = 200

    @Test func `known and unknown, free and taken addresses are answered alike, and as fast`() throws {
        let site = try MailedSite()
        let root = try RootConnection(site.own.root)
        // Names of one length; who is asked about is asked about once, as a prober does.
        for (number, name) in ["known", "taken", "fresh"].enumerated() {
            try root.run(
                """
                INSERT INTO users (id, email, email_key, email_verified_at, erasure_salt, created_at, updated_at)
                SELECT UNHEX(LPAD(HEX(seq + \(number) * 1000), 32, '0')), CONCAT('\(name)', seq, '@example.org'),
                CONCAT('\(name)', seq, '@example.org'), NOW(6), REPEAT('s', 16), NOW(6), NOW(6)
                FROM seq_1001_to_\(1000 + Self.count)
                """)
        }
        // Those of the third kind have not been proved yet, and people of a fourth wait for their account to begin.
        try root.run("UPDATE users SET email_verified_at = NULL WHERE email LIKE 'fresh%'")
        try root.run(
            """
            INSERT INTO registrations (id, email, email_key, browser_hash, erasure_salt, created_at, expires_at)
            SELECT UNHEX(LPAD(HEX(seq + 9000), 32, '0')), CONCAT('going', seq, '@example.org'),
            CONCAT('going', seq, '@example.org'), REPEAT('b', 32), REPEAT('s', 16), NOW(6), NOW(6) + INTERVAL 1 DAY
            FROM seq_1001_to_\(1000 + Self.count)
            """)
        let kinds: [(path: String, accounts: String, nobody: String)] = [
            ("/auth/recover", "known", "blank"), ("/auth/register", "taken", "empty"),
            ("/auth/verify/resend", "fresh", "white"), ("/auth/verify/resend", "going", "plain"),
        ]
        let client = TimedClient(port: site.web.port)
        var generator = SeededGenerator(seed: 4)
        for (path, accounts, nobody) in kinds {
            func ask(_ name: String) throws -> TimedClient.Timed {
                var body = ["email": "\(name)@example.org"]
                if path == "/auth/register" { body["password"] = "correct horse battery staple" }
                return try client.post(path, body)
            }
            // What happens once, connections and plans, happens before.
            for number in 0..<20 { _ = try ask("warm\(number)") }
            var times: [[Duration]] = [[], []]
            var answers: [[String]] = [[], []]
            for number in 1001...(1000 + Self.count) {
                for index in Bool.random(using: &generator) ? [0, 1] : [1, 0] {
                    let timed = try ask("\([accounts, nobody][index])\(number)")
                    times[index].append(timed.time)
                    answers[index].append((timed.shape + [timed.answer.body]).joined(separator: "\n"))
                }
            }
            #expect(answers[0].first?.hasPrefix("HTTP/1.1 202") == true)
            #expect(Set(answers[0] + answers[1]).count == 1, "\(path): \(Set(answers[0] + answers[1]))")
            let ranks = RankSum(times[0], times[1])
            #expect(
                ranks.probability > 0.01 || ranks.medianDifference < .milliseconds(2),
                "\(path): \(ranks), medians \(times[0].median) and \(times[1].median)")
        }
        // The accounts got their mail, and nobody else but those who register or wait for their account: those who warmed up
        // do so from the second kind on.
        let kindsOfMail = try root.rows("SELECT template, COUNT(*) FROM outbox_messages GROUP BY 1 ORDER BY 1")
        #expect(
            kindsOfMail == [
                ["already_registered", "200"], ["nobody", "620"], ["recovery", "200"], ["verification", "660"],
            ])
    }

    @Test func `times of one source look alike, and times of two do not`() {
        // By hand: ranks 1, 3 and 5 against 2, 4 and 6; a score of 3, 4.5 expected, z = -0.6547.
        let apart = RankSum([1, 3, 5].map { .seconds($0) }, [2, 4, 6].map { .seconds($0) })
        #expect(abs(apart.probability - 0.5127) < 0.0001)
        #expect(apart.medianDifference == .seconds(1))
        let first = (1...50).map { Duration.milliseconds($0) }
        #expect(RankSum(first, first.map { $0 + .milliseconds(40) }).probability < 0.0001)
        #expect(abs(RankSum(first, first).probability - 1) < 0.0001)
    }
}
