import Domain
import Support
import Testing

@testable import Persistence

/// No statement of the repositories reads a whole table.
@Suite struct IndexTests {
    /// What registrations and their links ask.
    private func ask(about ann: User, in store: inout Store) throws(Failure) {
        let token = OneTimeToken(
            digest: .filled(1), purpose: .verify, subject: ann.id, email: ann.email, createdAt: .test, expiresAt: .test)
        _ = try store.registration(withID: ann.id)
        _ = try store.registration(for: ann.email, preferring: .filled(1), at: .test)
        try store.deleteRegistrations(for: ann.email, keepingPasswordOf: nil)
        _ = try store.token(withDigest: .filled(1), for: .verify)
        _ = try store.use(token, at: .test)
        try store.voidTokens(of: ann.id, for: [.verify, .reset], at: .test)
        _ = try store.hasLiveToken(for: ann.email, .undoEmail, at: .test)
        _ = try store.hasLiveToken(of: ann.id, .undoEmail, at: .test)
        _ = try store.isClaimed(Username(stored: "ann"))
        _ = try store.noteProof(of: ann.email, by: ann.id, at: .test)
    }

    @Test func `every statement uses an index`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            for number in 0..<50 { _ = try store.insert(.named("user\(number)", username: "user\(number)")) }
            let ann = try #require(try store.user(withUsername: Username(stored: "user7")))
            store.startTrace()
            _ = try store.user(withID: ann.id)
            _ = try store.user(withEmail: ann.email)
            _ = try store.user(withUsername: Username(stored: "user8"))
            _ = try store.candidate(for: .email(ann.email), from: .filled(1))
            _ = try store.candidate(withID: ann.id, from: .filled(1))
            _ = try store.arrivals(of: [.filled(1), .filled(2)])
            _ = try store.users(after: ann.id, limit: 5, deleted: false)
            _ = try store.session(withDigest: .filled(1))
            _ = try store.identity(withDigest: .filled(1))
            try store.lookAtTriggers(at: .test)
            for count in [2, 4, 8] as [UInt8] { store.prefetchIdentities(withDigests: (1...count).map { .filled($0) }) }
            _ = try store.sessions(of: ann.id, at: .test)
            store.noteUse(of: .filled(1), at: .test, idleUntil: .test)
            store.noteUse(of: .filled(2), at: .test, idleUntil: .test)
            try store.settleUses(at: .test, all: true)
            _ = try store.deleteSession(SessionID(at: .test), of: ann.id)
            try store.deleteSession(withDigest: .filled(1))
            _ = try store.deleteSessions(of: ann.id, except: nil)
            _ = try store.deleteSessions(of: ann.id, beyond: 5, at: .test)
            _ = try store.noteAuthentication(in: SessionID(at: .test), at: .test)
            _ = try store.noteConfirmation(in: SessionID(at: .test), at: .test)
            _ = try store.lockedUser(withID: ann.id)
            _ = try store.setEmail(ann.email, of: ann.id, verifiedAt: .test, at: .test)
            _ = try store.hasLiveToken(of: ann.id, .undoEmail, at: .test)
            _ = try store.hasLiveToken(for: ann.email, .undoEmail, at: .test)
            _ = try store.rename(ann.id, to: Username(stored: "ann"), at: .test)
            _ = try store.noteSignIn(of: ann, at: .test)
            try store.notePasswordChange(of: ann.id, at: .test)
            try store.changeProfile(of: ann.id, name: .clear, picture: .keep, at: .test)
            try store.setDisabled(true, ann.id, at: .test)
            try store.markDeleted(ann.id, at: .test)
            try store.clearDeletion(of: ann.id, at: .test)
            _ = try store.noteProof(of: ann.email, by: ann.id, at: .test)
            try store.voidTokens(of: ann.id, for: [.reset, .confirm], since: .test, at: .test)
            _ = try store.token(withDigest: .filled(1), for: .reset)
            _ = try store.deleteSessions(of: ann.id, since: .test)
            _ = try store.undeliveredMessages(upTo: 10)
            try ask(about: ann, in: &store)
            let statements = store.takeTrace().filter { text in
                ["SELECT", "UPDATE", "DELETE"].contains { text.hasPrefix($0) }
            }
            #expect(statements.count >= 16)
            // One value that is an id, an address and a name, so that the optimizer finds something.
            let key = "0123456789abcdef"
            _ = try store.insert(
                User(
                    id: UserID(trusted: Array(key.utf8)), email: EmailAddress(storedText: key, key: key),
                    username: Username(stored: key), erasureSalt: Array(key.utf8), createdAt: .test, updatedAt: .test))
            let root = try Connection.open(to: schema.root, limits: .none)
            for text in statements {
                let count = text.count { $0 == "?" }
                let values = [Value](repeating: .bytes(Array(key.utf8)), count: count)
                let limited = text.contains("LIMIT ?") ? values.dropLast() + [.integer(5)] : values
                for row in try root.statement("EXPLAIN " + text).run(limited).rows {
                    // id, select_type, table, type, possible_keys, key, …
                    let (table, type) = (String(row.values[2]), String(row.values[3]))
                    #expect(type != "ALL" || table?.hasPrefix("<") == true, "\(text)")
                }
            }
        }
    }
}
