import Foundation
import Support
import Testing

/// Reliability R2: a worker that is killed at any step of a registration leaves a whole user or none.
///
/// The proxy holds a statement, or its answer, while the worker is killed: the program needs no code for it.
@Suite(.serialized) struct CrashPointTests {
    private let scene: CrashScene

    init() throws { scene = try CrashScene(settings: Stack.roomySettings) }

    private func count(_ sql: String) throws -> Int? { try scene.count(sql) }

    private func expectWholeUsers(_ number: Int, _ comment: String) throws {
        #expect(try count("users") == number, "\(comment)")
        #expect(try count("password_hashes WHERE user_id IN (SELECT id FROM users)") == number, "\(comment)")
        #expect(try count("password_hashes") == number + 1, "a password without a user: \(comment)")
        #expect(try count("usernames JOIN users ON users.id = user_id") == number, "\(comment)")
        #expect(try count("usernames") == number, "\(comment)")
        #expect(try count("sessions WHERE user_id IN (SELECT id FROM users)") == number, "\(comment)")
        #expect(
            try count("users JOIN audit_events ON subject_id = users.id AND event = 'user.registered'") == number,
            "\(comment)")
        #expect(try count("audit_events WHERE event = 'user.registered'") == number, "\(comment)")
    }

    private static let points: [CrashPoint] = [
        CrashPoint("before the user is inserted", .init("INSERT INTO users", .beforeServer, .hold)),
        CrashPoint("after the user is inserted", .init("INSERT INTO users", .beforeAnswer, .hold)),
        CrashPoint("before the password is stored", .init("SELECT password_create", .beforeServer, .hold)),
        CrashPoint("before the event is recorded", .init("INSERT INTO audit_events", .beforeServer, .hold)),
        CrashPoint("before the commit", .init("COMMIT", .beforeServer, .hold)),
        CrashPoint("between the commit and its answer", .init("COMMIT", .beforeAnswer, .hold), isCommitted: true),
    ]

    @Test func `a worker killed at any step of a registration leaves a whole user or none, and a second try one`()
        throws
    {
        var points = Self.points
        var users = 0
        if Chaos.isLong {
            points = try scene.everyPoint(answered: 201)
            users = 2
        }
        for (index, point) in points.enumerated() {
            let name = "step\(index)"
            let expected = users + (point.isCommitted ? 1 : 0)
            try scene.killed(at: point, while: name)
            // The server has seen the end of the connection and undone what was open.
            #expect(try eventually { try count("users") == expected }, "\(point.name)")
            try expectWholeUsers(expected, point.name)

            // Who tries again gets his account, or is told that he has it.
            #expect(try scene.register(name) == (point.isCommitted ? 409 : 201), "\(point.name)")
            users += 1
            try expectWholeUsers(users, "second try, \(point.name)")
        }
        #expect(scene.proxy.counts.caught == points.count)
        if Chaos.isLong { print("killed at each of \(points.count) points, half users 0") }
    }

    @Test func `workers killed at random while people register leave whole users only`() throws {
        let rounds = Int(Chaos.every(15, long: 500))
        var killed = 0
        for round in 0..<rounds {
            let clients = (0..<2).map { scene.registering("random\(round)n\($0)") }
            usleep(UInt32.random(in: 0..<60_000))
            if let worker = try scene.own.service.status().workers.filter({ $0.pool == "login" }).randomElement() {
                kill(worker.pid, SIGKILL)
                killed += 1
            }
            #expect(eventually { clients.allSatisfy(\.isFinished) })
            _ = try scene.own.service.settledStatus()
        }
        #expect(killed == rounds)
        for round in 0..<rounds {
            for number in 0..<2 {
                let status = try scene.register("random\(round)n\(number)")
                #expect(status == 201 || status == 409, "\(round) \(number): \(status ?? 0)")
            }
        }
        try expectWholeUsers(2 * rounds, "\(rounds) random kills")
        print("random kills: \(killed), registrations \(2 * rounds), half users 0")
    }
}

/// The same where an address is proved before there is a user: what waits for its proof and the mail with the link are
/// there together or not at all.
@Suite(.serialized) struct PendingCrashPointTests {
    private let scene: CrashScene

    init() throws {
        // Nobody takes the mail: what was to be sent stays where it can be counted.
        scene = try CrashScene(
            settings: """
                registration = "verified";
                \(OwnService.cheapSettings)
                \(MailedSite.roomyLimits)
                mail = {
                    transport = "smtp"; from = "auth@example.org";
                    smtp = { host = "localhost"; port = \(try Stack.freePort()); security = "none"; };
                };
                """)
    }

    private func expectWholeRegistrations(_ number: Int, _ comment: String) throws {
        let expectations = [
            "registrations",
            "password_hashes JOIN registrations ON user_id = id",
            "one_time_tokens JOIN registrations ON subject_id = id WHERE purpose = 'verify'",
            "one_time_tokens",
            "outbox_messages WHERE template = 'verification' AND recipient IN (SELECT email FROM registrations)",
            "outbox_messages",
            "audit_events WHERE event = 'registration.begun'",
        ]
        for sql in expectations { #expect(try scene.count(sql) == number, "\(sql), \(comment)") }
        #expect(try scene.count("password_hashes") == number + 1, "a password of nobody: \(comment)")
    }

    private static let points: [CrashPoint] = [
        CrashPoint("after it is taken down", .init("INSERT INTO registrations", .beforeAnswer, .hold)),
        CrashPoint("before the mail", .init("INSERT INTO outbox_messages", .beforeServer, .hold)),
        CrashPoint("before the commit", .init("COMMIT", .beforeServer, .hold)),
        CrashPoint("between the commit and its answer", .init("COMMIT", .beforeAnswer, .hold), isCommitted: true),
    ]

    @Test func `a worker killed at any step leaves a registration with its mail, or neither, and a second try both`()
        throws
    {
        var points = Self.points
        var registrations = 0
        if Chaos.isLong {
            points = try scene.everyPoint(answered: 202)
            registrations = 2
        }
        for (index, point) in points.enumerated() {
            let name = "step\(index)"
            registrations += point.isCommitted ? 1 : 0
            try scene.killed(at: point, while: name)
            #expect(try eventually { try scene.count("registrations") == registrations }, "\(point.name)")
            try expectWholeRegistrations(registrations, point.name)

            // Who tries again is not told whether he did before, and gets a link in any case.
            #expect(try scene.register(name) == 202, "\(point.name)")
            registrations += 1
            try expectWholeRegistrations(registrations, "second try, \(point.name)")
        }
        #expect(scene.proxy.counts.caught == points.count)
        if Chaos.isLong { print("killed at each of \(points.count) points, half registrations 0") }
    }
}
