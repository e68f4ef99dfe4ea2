import Crypto
import Domain
import Foundation
import Persistence
import Support
import Synchronization
import Testing

@Suite struct `Registrations at once` {
    enum Proof: CaseIterable {
        case browser, password, newPassword
    }

    /// Security E1, C6.
    @Test(arguments: Proof.allCases) func `of fifty uses of one link one makes a user`(proof: Proof) throws {
        try withSchema { schema throws in
            let house = House.verifying()
            var store = schema.store()
            let begun = try house.begin("ann", in: &store)
            let link = try house.link("ann", in: &store)
            let outcomes = atOnce(50, on: schema) { _, store in
                refusal { () throws(Failure) in
                    try house.finish(
                        link, password: proof == .password ? House.password : nil,
                        new: proof == .newPassword ? House.other : nil, browser: proof == .browser ? begun : nil,
                        in: &store)
                } ?? "registered"
            }
            let counts = Dictionary(grouping: outcomes) { $0 }.mapValues(\.count)
            #expect(counts == ["registered": 1, "link_invalid": 49])
            let root = try RootConnection(schema.root)
            for table in ["users", "sessions"] {
                #expect(try root.rows("SELECT COUNT(*) FROM \(table)") == [["1"]], "\(table)")
            }
            #expect(try root.rows("SELECT COUNT(*) FROM audit_events WHERE event = 'user.registered'") == [["1"]])
            let passwords = "SELECT COUNT(*) FROM password_hashes WHERE user_id <> UNHEX(REPEAT('00', 16))"
            #expect(try root.rows(passwords) == [["1"]])
            try house.signIn("ann@example.org", proof == .newPassword ? House.other : House.password, in: &store)
        }
    }

    @Test func `of several registrations for one address that are proved at once one makes a user`() throws {
        try withSchema { schema throws in
            let house = House.verifying()
            var store = schema.store()
            var attempts: [(link: Secret, browser: BegunRegistration, password: String)] = []
            for number in 0..<10 {
                let password = "correct horse battery \(number)"
                let begun = try house.begin("ann", password: password, username: "ann", in: &store)
                attempts.append((try house.link("ann", in: &store), begun, password))
            }
            let all = attempts
            let outcomes = atOnce(all.count, on: schema) { number, store in
                refusal { () throws(Failure) in
                    try house.finish(all[number].link, browser: all[number].browser, in: &store)
                } ?? "registered"
            }
            #expect(outcomes.count { $0 == "registered" } == 1)
            #expect(outcomes.count { $0 == "link_invalid" } == 9, "\(outcomes)")
            let winner = outcomes.firstIndex(of: "registered")
            for (number, attempt) in all.enumerated() {
                let code = refusal { () throws(Failure) in try house.signIn("ann", attempt.password, in: &store) }
                #expect(code == (number == winner ? nil : "authentication_failed"))
            }
            let root = try RootConnection(schema.root)
            #expect(try root.rows("SELECT COUNT(*) FROM registrations") == [["0"]])
        }
    }

    /// Decisions 27, security O11: two people ask for one address, and one of them reads its mailbox. In whatever order
    /// they act, the other one's password, session and cookie open nothing that the mailbox has proved.
    @Test func `nobody gets into the account of an address whose mailbox he never read`() throws {
        var random = SeededGenerator(seed: 4)
        var finished: [Contest.Ending: Int] = [:]
        try withStore { store throws in
            for number in 0..<1000 {
                var contest = Contest(number, isOpen: number % 4 == 0)
                let steps = Int.random(in: 3...9, using: &random)
                for _ in 0..<steps {
                    let move = Contest.Move.allCases.randomElement(using: &random) ?? .ownerRegisters
                    try contest.play(move, using: &random, in: &store)
                    try contest.verdict(in: &store)
                }
                try contest.readMail(in: &store)
                finished[contest.ending, default: 0] += 1
            }
        }
        // The script is worth something only if it comes to everything that can happen.
        for ending in Contest.Ending.allCases { #expect(finished[ending, default: 0] > 20, "\(finished)") }
    }
}

/// What comes of acts that begin at the same time, each with a connection of its own.
private func atOnce(
    _ count: Int, on schema: TestSchema, _ act: @escaping @Sendable (Int, inout Store) -> String
) -> [String] {
    let outcomes = Outcomes(count)
    let (ready, done) = (DispatchGroup(), DispatchGroup())
    let start = DispatchSemaphore(value: 0)
    for number in 0..<count {
        ready.enter()
        done.enter()
        Thread.detachNewThread {
            var store = schema.store()
            try? store.ping()
            ready.leave()
            start.wait()
            outcomes.note(act(number, &store), of: number)
            done.leave()
        }
    }
    ready.wait()
    for _ in 0..<count { start.signal() }
    done.wait()
    return outcomes.all
}

private final class Outcomes: Sendable {
    private let outcomes: Mutex<[String]>

    init(_ count: Int) { outcomes = Mutex(Array(repeating: "", count: count)) }

    func note(_ outcome: String, of number: Int) { outcomes.withLock { $0[number] = outcome } }

    var all: [String] { outcomes.withLock { $0 } }
}

/// One address for which an owner and an intruder compete.
private struct Contest {
    enum Move: CaseIterable {
        case ownerRegisters, ownerResends, ownerFollows, ownerFollowsOnAnotherMachine, ownerChooses
        case intruderRegisters, intruderResends, intruderFollowsCookies
    }

    enum Ending: CaseIterable {
        case pending, browser, password, newPassword
    }

    private static let ownersPassword = "the owner chose these words"
    private static let ownersSecond = "the owner chose some others"
    private static let intrudersPassword = "an intruder chose these words"

    let name: String
    private let house: House
    private var mailbox = Mailbox()
    private var ownersBrowsers: [BegunRegistration] = []
    private var ownersSession: OpenedSession?
    private var intrudersBrowsers: [BegunRegistration] = []
    private var intrudersSessions: [OpenedSession] = []
    private(set) var ending = Ending.pending

    /// Each begins when the one before is over.
    init(_ number: Int, isOpen: Bool) {
        name = "ann\(number)"
        house = House(registration: isOpen ? .open : .verified, sendsMail: true)
        house.clock.advance(by: .minutes(number))
    }

    private var address: String { "\(name)@example.org" }

    mutating func play(
        _ move: Move, using random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) {
        house.clock.advance(by: .seconds(1))
        switch move {
        case .ownerRegisters:
            let (begun, opened) = try register(Self.ownersPassword, in: &store)
            if let begun { ownersBrowsers.append(begun) }
            if let opened { ownersSession = opened }
        case .intruderRegisters:
            let (begun, opened) = try register(Self.intrudersPassword, in: &store)
            if let begun { intrudersBrowsers.append(begun) }
            if let opened { intrudersSessions.append(opened) }
        case .ownerResends: try house.resend(name, browser: ownersBrowsers.last, in: &store)
        case .intruderResends: try house.resend(name, browser: intrudersBrowsers.last, in: &store)
        case .ownerFollows, .ownerFollowsOnAnotherMachine, .ownerChooses:
            try readMail(in: &store)
            guard let link = mailbox.links(to: address).randomElement(using: &random) else { return }
            try follow(link, as: move, in: &store)
        case .intruderFollowsCookies:
            // All that he has are the secrets of his own browsers.
            for browser in intrudersBrowsers {
                _ = refusal { () throws(Failure) in
                    try house.verify(
                        Secret(browser.browser.reveal()), new: Self.intrudersPassword, browser: browser, in: &store)
                }
            }
        }
    }

    /// What has arrived; nothing is left to come between the mails of the next two.
    mutating func readMail(in store: inout Store) throws(Failure) {
        try mailbox.fetch(from: &store, at: house.clock.now())
    }

    /// The owner takes every link for his own, as people do: the browser, then his password, then a new one.
    private mutating func follow(_ link: Secret, as move: Move, in store: inout Store) throws(Failure) {
        let caller = ownersSession.map { Caller(user: $0.user, session: $0.session) }
        let tries: [(Ending, String?, String?)] =
            switch move {
            case .ownerFollows: [(.browser, nil, nil), (.password, Self.ownersPassword, nil)]
            case .ownerFollowsOnAnotherMachine: [(.password, Self.ownersPassword, nil)]
            default: [(.newPassword, nil, Self.ownersSecond)]
            }
        for (ending, password, new) in tries {
            let isHere = ending == .browser
            do throws(Failure) {
                let outcome = try house.verify(
                    link, password: password, new: new, browser: isHere ? ownersBrowsers.last : nil,
                    caller: isHere ? caller : nil, in: &store)
                if case .registered(let opened) = outcome { ownersSession = opened }
                self.ending = ending
                return
            } catch {
                guard case .refused = error else { throw error }
            }
        }
    }

    private func register(
        _ password: String, in store: inout Store
    ) throws(Failure) -> (begun: BegunRegistration?, opened: OpenedSession?) {
        if house.users.registration == .verified { return (try house.begin(name, password: password, in: &store), nil) }
        do throws(Failure) {
            return (nil, try house.register(name, password: password, in: &store))
        } catch {
            guard error.code == "email_taken" else { throw error }
            return (nil, nil)
        }
    }

    /// What must be true after every move.
    func verdict(in store: inout Store) throws {
        let account = try store.user(withEmail: .of(name))
        #expect((account?.isVerified == true) == (ending != .pending), "\(name)")
        guard account?.isVerified == true else { return }
        let intrusion = refusal { () throws(Failure) in
            try house.signIn(address, Self.intrudersPassword, in: &store)
        }
        #expect(intrusion == "authentication_failed", "\(name)")
        for opened in intrudersSessions {
            #expect(try house.sessions.caller(with: opened.token, by: .cookie, in: &store) == nil, "\(name)")
        }
        let password = ending == .newPassword ? Self.ownersSecond : Self.ownersPassword
        #expect(refusal { () throws(Failure) in try house.signIn(address, password, in: &store) } == nil, "\(name)")
    }
}
