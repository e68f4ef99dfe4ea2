import Crypto
import Domain
import Foundation
import Persistence
import Support
import Synchronization
import Testing

/// Security O11, decisions 27 to 30 and 36: two people act upon one address, and one of them reads its mailbox. The other
/// one's secrets open no account of it, and the passwords of its owner stay his.
@Suite struct AccountRaceTests {
    private static let orders = 1000
    private static let groups = 2

    @Test func `in no order of acts does a secret of an intruder open an account whose mailbox he never read`() throws {
        let tally = Mutex(Tally())
        let complaints = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: Self.groups) { group in
            do {
                let (counted, found) = try Self.play(stride(from: group, to: Self.orders, by: Self.groups))
                tally.withLock { $0.add(counted) }
                complaints.withLock { $0 += found }
            } catch {
                complaints.withLock { $0.append("\(error)") }
            }
        }
        #expect(complaints.withLock { Array($0.prefix(3)) } == [])
        let counted = tally.withLock { $0 }
        let rare = Self.expected.filter { counted[$0] < 3 }
        #expect(rare.isEmpty, "\(rare) of\n\(counted.text)")
    }

    /// What the script is worth nothing without: every act, every ending, and the refusals that keep the two apart.
    private static let expected =
        Owner.Act.allCases.map { "owner \($0)" }
        + Intruder.Act.allCases.filter { $0 != .undoes }.map { "intruder \($0)" } + Quarrel.endings + [
            "owner registers (email_taken)", "owner followsInBrowser (proof_required)",
            "owner followsWithPassword (invalid_password)",
            "intruder registers (email_taken)", "intruder signsIn (authentication_failed)",
            "intruder confirmsMove (link_invalid)", "intruder beginsMoveAway (reauth_required)",
        ]

    private static func play(_ numbers: StrideTo<Int>) throws -> (Tally, [String]) {
        var (tally, complaints) = (Tally(), [String]())
        try withStore { store throws(Failure) in
            for number in numbers {
                var random = SeededGenerator(seed: UInt64(number))
                var quarrel = try Quarrel(number, isOpen: number % 4 == 0, in: &store)
                if number.isMultiple(of: 3) { try quarrel.settle(using: &random, in: &store) }
                for _ in 0..<Int.random(in: 4...14, using: &random) {
                    try quarrel.step(using: &random, in: &store)
                    // What a refused act did all the same, the verdict on the next one finds, or the last.
                    if !quarrel.isCalm { try quarrel.verdict(in: &store) }
                    if !quarrel.complaints.isEmpty { break }
                }
                if quarrel.complaints.isEmpty { try quarrel.verdict(isLast: true, in: &store) }
                try quarrel.noteEnding(in: &store)
                tally.add(quarrel.tally)
                complaints += quarrel.complaints
            }
        }
        return (tally, complaints)
    }

    @Test func `nor does one when both act at the same time`() throws {
        try withSchema { schema throws in
            let post = PostOffice()
            let quarrels = Mutex<[Quarrel]>([])
            try schema.store { store throws in
                for number in 0..<100 {
                    var random = SeededGenerator(seed: UInt64(number))
                    var quarrel = try Quarrel(number, isOpen: number.isMultiple(of: 2), post: post, in: &store)
                    for _ in 0..<Int.random(in: 0...8, using: &random) { try quarrel.step(using: &random, in: &store) }
                    quarrels.withLock { $0.append(quarrel) }
                }
            }
            let meetings = (0..<100).map { _ in Meeting() }
            let outcomes = inParallel(200, schema) { number, store throws(Failure) in
                let party = Quarrel.Party.allCases[number % 2]
                var random = SeededGenerator(seed: UInt64(1000 + number))
                var quarrel = quarrels.withLock { $0[number / 2] }
                let length = quarrel.length
                for _ in 0..<4 {
                    meetings[number / 2].wait(as: number % 2)
                    try quarrel.act(party, using: &random, in: &store)
                }
                quarrels.withLock { $0[number / 2].join(party, of: quarrel, since: length) }
            }
            #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes.compactMap(\.self))")
            try schema.store { store throws in
                for var quarrel in quarrels.withLock({ $0 }) {
                    try quarrel.verdict(isLast: true, in: &store)
                    #expect(quarrel.complaints.isEmpty, "\(quarrel.complaints)")
                }
            }
        }
    }
}

/// Two who begin their next acts at the same moment.
private final class Meeting: Sendable {
    private let arrivals = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]

    /// The other one may have failed and never come.
    func wait(as party: Int) {
        arrivals[1 - party].signal()
        _ = arrivals[party].wait(timeout: .now() + 10)
    }
}
