import Foundation
import Support
import Testing

/// A service whose clock is wrong, and is put right, while the web server's and the database's are right: the harshest
/// case of a machine that got another time (reliability R19).
@Suite(.waiting) struct ClockFaultTests {
    private let own: OwnService
    private let web: OwnWeb
    private let clock: WrongClock
    private let processes: Set<Int32>

    init() throws {
        let limits = ["address", "pair", "account", "device", "network"].map { "sign_in_\($0) = { every = \"1s\"; };" }
            .joined(separator: " ")
        own = try OwnService(settings: OwnService.cheapSettings + " limits = { \(limits) };")
        clock = try WrongClock(in: own.directory)
        processes = try own.start(by: clock.launcher).processes()
        web = try own.startWeb()
    }

    private static let (hour, day) = (3600, 86400)

    @Test func `a clock that is an hour off or half a minute behind signs nobody out and keeps nobody out`() throws {
        var ann = Visitor(at: web.origin)
        #expect(try ann.register().status == 201)
        for offset in [-30, -Self.hour, Self.hour, 0] {
            try clock.turn(by: offset)
            #expect(try ann.get("/members/").status == 200, "\(offset)")
            #expect(try ann.sessionStatus() == 200, "\(offset)")
            #expect(try signsIn(ann.elsewhere), "\(offset)")
        }
        #expect(try own.service.status().processes() == processes)
    }

    @Test func `after a day too far everything is as before when the clock is right again`() throws {
        var ann = Visitor(at: web.origin)
        #expect(try ann.register().status == 201)
        for offset in [2 * Self.day, -2 * Self.day] {
            try clock.turn(by: offset)
            // By a clock that is ahead a session of today is over; it is not thrown away.
            #expect(try ann.sessionStatus() == (offset > 0 ? 401 : 200), "\(offset)")
            #expect(try signsIn(ann.elsewhere), "\(offset)")
            try clock.turn(by: 0)
            #expect(try ann.get("/members/").status == 200, "after \(offset)")
            #expect(try signsIn(ann.elsewhere), "after \(offset)")
        }
        #expect(try own.service.status().processes() == processes)
    }

    /// Whether somebody gets in and stays there. A limit that was counted by a clock that was ahead holds for one interval.
    private func signsIn(_ visitor: Visitor) throws -> Bool {
        var visitor = visitor
        let isIn = try eventually(within: 5) {
            let answer = try visitor.signIn()
            if answer.status != 200 { #expect(answer.status == 429 && answer["Retry-After"] == "1") }
            return answer.status == 200
        }
        return try isIn && visitor.get("/members/").status == 200 && visitor.sessionStatus() == 200
    }
}
