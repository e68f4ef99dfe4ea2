import Crypto
import Foundation
import Persistence
import Support
import Testing

@testable import Domain

/// Security E6: what is confirmed is the address of the link that confirmed it, whatever happens at once.
@Suite struct `Changes of addresses at once` {
    private let moving = Moving()

    /// People without passwords, whose addresses were proved a week ago, with two sessions each.
    private func people(_ count: Int, _ schema: TestSchema) throws -> [(OpenedSession, OpenedSession)] {
        var store = schema.store()
        let now = moving.house.clock.now()
        return try (0..<count).map { number in
            let address = "user\(number)@example.org"
            let user = User(
                id: UserID(at: now), email: EmailAddress(storedText: address, key: address),
                emailVerifiedAt: now - .days(7), erasureSalt: Random.bytes(16), createdAt: now, updatedAt: now)
            #expect(try store.insert(user) == .inserted)
            let sessions = (0..<2).map { _ in
                moving.house.sessions.terms.open(
                    for: user, SessionWish(), methods: ["pwd"], from: .test, at: now)
            }
            for opened in sessions { try store.insert(opened.session) }
            return (sessions[0], sessions[1])
        }
    }

    private func links(_ schema: TestSchema) throws -> [(recipient: String, secret: Secret)] {
        var store = schema.store()
        return try store.dueMail(at: moving.house.clock.now(), limit: 10_000).compactMap { mail in
            mail.values?["email_token"].map { (mail.recipient, Secret($0)) }
        }
    }

    @Test func `of the owner's change and a thief's, begun and confirmed at once, one happens as its link says`() throws
    {
        try withSchema { schema throws in
            let people = try people(100, schema)
            let moving = moving
            let begun = inParallel(200, schema) { number, store throws(Failure) in
                let (owner, thief) = people[number / 2]
                // What limits one client would have them wait for each other.
                let origin = Origin.from([10, 0, 0, UInt8(number)])
                if number.isMultiple(of: 2) {
                    try moving.begin("owner\(number / 2)@example.net", by: owner, from: origin, in: &store)
                } else {
                    try moving.begin("thief\(number / 2)@example.com", by: thief, from: origin, in: &store)
                }
            }
            #expect(begun.allSatisfy { $0 == nil }, "\(begun)")
            // Both links of a person stand side by side.
            let links = try links(schema).sorted { left, right in
                left.recipient.dropFirst(5) < right.recipient.dropFirst(5)
            }
            #expect(links.count == 200)
            let confirmed = inParallel(200, schema) { number, store throws(Failure) in
                try moving.follow(links[number].secret, in: &store)
            }
            #expect(confirmed.allSatisfy { [nil, "link_invalid"].contains($0) }, "\(confirmed)")
            #expect(confirmed.count { $0 == nil } == 100)
            var store = schema.store()
            let stands = Set(zip(links, confirmed).filter { $0.1 == nil }.map(\.0.recipient))
            for (number, person) in people.enumerated() {
                let user = try #require(try store.user(withID: person.0.user.id))
                #expect(["owner\(number)@example.net", "thief\(number)@example.com"].contains(user.email.text))
                #expect(stands.contains(user.email.text))
                #expect(user.email.text == user.email.key)
            }
            let root = try RootConnection(schema.root)
            let events = try root.rows(
                "SELECT event, COUNT(*) FROM audit_events GROUP BY event ORDER BY event")
            #expect(events == [["email.change_begun", "200"], ["email.changed", "100"]])
        }
    }

    /// What was begun a moment before the account was put on hold must not move it a moment after.
    @Test func `no link outlives the change that it was begun beside`() throws {
        try withSchema { schema throws in
            let people = try people(100, schema)
            let moving = moving
            try schema.store { store throws in
                for (number, person) in people.enumerated() {
                    try moving.begin("first\(number)@example.net", by: person.0, in: &store)
                }
            }
            let links = try links(schema).sorted { $0.recipient < $1.recipient }
            let outcomes = inParallel(200, schema) { number, store throws(Failure) in
                let link = links[number / 2]
                if number.isMultiple(of: 2) {
                    try moving.follow(link.secret, in: &store)
                } else {
                    guard let person = Int(link.recipient.dropFirst(5).prefix { $0 != "@" }) else { return }
                    try moving.begin(
                        "second\(person)@example.com", by: people[person].1, from: .from([10, 0, 0, UInt8(number)]),
                        in: &store)
                }
            }
            #expect(
                outcomes.allSatisfy { [nil, "link_invalid", "account_on_hold"].contains($0) }, "\(outcomes)")
            var store = schema.store()
            for person in people {
                let user = try #require(try store.user(withID: person.0.user.id))
                let isLinked = try store.hasLiveToken(of: user.id, .changeEmail, at: moving.house.clock.now())
                #expect(isLinked == (user.email == person.0.user.email), "\(user.email.text)")
            }
        }
    }

    @Test func `of two accounts that want one address one gets it`() throws {
        try withSchema { schema throws in
            let people = try people(200, schema)
            let moving = moving
            let begun = inParallel(200, schema) { number, store throws(Failure) in
                try moving.begin("wanted\(number / 2)@example.net", by: people[number].0, in: &store)
            }
            #expect(begun.allSatisfy { $0 == nil }, "\(begun)")
            let links = try links(schema).sorted { $0.recipient < $1.recipient }
            #expect(links.count == 200)
            let confirmed = inParallel(200, schema) { number, store throws(Failure) in
                try moving.follow(links[number].secret, in: &store)
            }
            #expect(confirmed.count { $0 == nil } == 100)
            #expect(confirmed.count { $0 == "email_taken" } == 100, "\(confirmed)")
            var store = schema.store()
            for (link, outcome) in zip(links, confirmed) {
                let digest = try #require(OneTimeSecret(link.secret)).digest
                let token = try #require(try store.token(withDigest: digest, for: .changeEmail))
                #expect((token.usedAt != nil) == (outcome == nil))
                let owner = try #require(try store.user(withEmail: token.email))
                #expect((owner.id == token.subject) == (outcome == nil))
            }
        }
    }

    @Test func `of fifty uses of one link at once one succeeds, the undo's as well`() throws {
        try withSchema { schema throws in
            let ann = try people(1, schema)[0].0
            let moving = moving
            try schema.store { store throws in try moving.begin("new@example.net", by: ann, in: &store) }
            let secret = try #require(try links(schema).first?.secret)
            let uses = inParallel(50, threads: 16, schema) { _, store throws(Failure) in
                try moving.follow(secret, in: &store)
            }
            #expect(uses.count { $0 == nil } == 1 && uses.count { $0 == "link_invalid" } == 49, "\(uses)")
            let undo = try schema.store { store throws in
                try moving.link("undo_token", .emailChanged, to: "user0@example.org", in: &store)
            }
            let undone = inParallel(50, threads: 16, schema) { _, store throws(Failure) in
                try moving.house.users.undoEmailChange(undo, from: .test, in: &store)
            }
            #expect(undone.count { $0 == nil } == 1 && undone.count { $0 == "link_invalid" } == 49, "\(undone)")
            let events = try RootConnection(schema.root).rows(
                "SELECT event, COUNT(*) FROM audit_events GROUP BY event ORDER BY event")
            #expect(events == [["email.change_begun", "1"], ["email.change_undone", "1"], ["email.changed", "1"]])
        }
    }

    /// The thief's further move and deletion, sent while the owner's undo is under way.
    @Test func `whatever a thief does beside the undo, the owner has the account afterwards`() throws {
        try withSchema { schema throws in
            let people = try people(25, schema)
            let moving = moving
            try schema.store { store throws in
                for (number, person) in people.enumerated() {
                    try moving.begin("thief\(number)@example.com", by: person.1, in: &store)
                }
            }
            let links = try links(schema)
            _ = inParallel(25, schema) { number, store throws(Failure) in
                try moving.follow(links[number].secret, in: &store)
            }
            moving.house.clock.advance(by: .seconds(1))
            let outcomes = inParallel(75, schema) { number, store throws(Failure) in
                let person = people[number / 3]
                let caller = Caller(user: person.1.user, session: person.1.session)
                switch number % 3 {
                case 0: try moving.undo("user\(number / 3)@example.org", in: &store)
                case 1:
                    try moving.house.users.beginEmailChange(
                        EmailChange(email: "on\(number / 3)@example.com", currentPassword: nil), of: caller,
                        from: .test, in: &store)
                default: try moving.house.users.delete(caller, currentPassword: nil, from: .test, in: &store)
                }
            }
            var store = schema.store()
            for (number, person) in people.enumerated() {
                #expect(outcomes[3 * number] == nil)
                #expect(["account_on_hold", "reauth_required"].contains(outcomes[3 * number + 1]))
                let user = try #require(try store.user(withID: person.0.user.id))
                #expect(user.email.text == "user\(number)@example.org" && user.isActive)
                #expect(try store.sessions(of: user.id, at: moving.house.clock.now()).isEmpty)
                #expect(try !store.hasLiveToken(of: user.id, .changeEmail, at: moving.house.clock.now()))
            }
        }
    }
}
