import Crypto
import Persistence
import Support
import Testing

@testable import Domain

@Suite struct `Erasing somebody` {
    private let house = House()
    private let ledger = NotedErasures()

    /// Ann with everything that can be stored about a person: a former name, sessions, a network, links, mails, and a
    /// registration under her address, which is proved.
    private func makeAnn(in store: inout Store, at root: RootConnection) throws -> User {
        let opened = try house.register("ann", in: &store)
        try root.run("UPDATE users SET email_verified_at = created_at WHERE username = 'ann'")
        try house.signIn("ann", in: &store)
        let caller = Caller(user: opened.user, session: opened.session)
        _ = try house.users.changeProfile(
            ProfileChange(username: .set("anna")), of: caller, from: .test, in: &store)
        let user = try #require(try store.user(withID: opened.user.id))
        let (token, _) = house.users.issue(
            .reset, for: user.id, at: user.email, lasting: .minutes(30), now: house.clock.now())
        try store.insert(token)
        try store.enqueue(.notice(.passwordChanged, to: user, about: .test, at: house.clock.now()))
        try insertRegistration(for: user.email, in: &store)
        return user
    }

    private func insertRegistration(for email: EmailAddress, in store: inout Store) throws {
        let now = house.clock.now()
        let registration = Registration(
            id: UserID(at: now), email: email, username: nil, name: "Somebody", browser: Digest.sha256(of: [1]),
            erasureSalt: Random.bytes(16), createdAt: now, expiresAt: now + .hours(24))
        let password = PasswordDigest(
            parameters: PasswordParameters(cost: .test, salt: Random.bytes(16), pepperID: 2),
            digest: Digest.sha256(of: [2]))
        try store.atomically { tx throws(Failure) in try tx.insert(registration, password) }
        let (token, _) = house.users.issue(.verify, for: registration.id, at: email, lasting: .hours(24), now: now)
        try store.insert(token)
    }

    private func count(_ table: String, _ root: RootConnection) throws -> String? {
        try root.rows("SELECT COUNT(*) FROM \(table)")[0][0]
    }

    private static let personalTables = [
        "users", "sessions", "known_networks", "password_hashes", "one_time_tokens", "outbox_messages",
        "registrations",
    ]

    @Test func `everything that tells who it was is gone from every table, and the names stay taken by nobody`() throws
    {
        try withSchema { schema throws in
            var store = schema.store()
            let root = try RootConnection(schema.root)
            let ann = try makeAnn(in: &store, at: root)
            for table in Self.personalTables { #expect(try count(table, root) != "0", "\(table)") }
            let isGone = try house.users.erase(
                ann, because: .gdpr, by: .operatorOnHost, from: .test, noting: ledger, in: &store)
            #expect(isGone)
            for table in Self.personalTables where table != "password_hashes" {
                #expect(try count(table, root) == "0", "\(table)")
            }
            // The decoy is left.
            #expect(try count("password_hashes WHERE user_id <> UNHEX(REPEAT('00', 16))", root) == "0")
            let names = try root.rows(
                "SELECT name, HEX(user_id), released_at IS NOT NULL FROM usernames ORDER BY name")
            let nobody = String(repeating: "0", count: 32)
            #expect(names == [["ann", nobody, "1"], ["anna", nobody, "1"]])
            #expect(ledger.all == [Erasure(of: ann.id, at: house.clock.now(), because: .gdpr)])
            let last = try #require(try store.auditEvents().last)
            #expect(last.event == "user.erased" && last.actor == "operator" && last.subject == ann.id)
            #expect(last.detail == #"{"reason":"gdpr"}"#)
            // The address is free again, the names are not.
            let form = { (name: String) in
                RegistrationForm(
                    email: "ann@example.org", username: name, name: nil, password: Secret(House.password),
                    wish: SessionWish())
            }
            for name in ["ann", "anna"] {
                let code = refusal { () throws(Failure) in
                    try house.users.register(form(name), from: .test, in: &store)
                }
                #expect(code == "username_taken")
            }
            #expect(try house.users.register(form("anne"), from: .test, in: &store).user.id != ann.id)
        }
    }

    @Test func `what the audit log has of a person's whereabouts cannot be opened any more`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let root = try RootConnection(schema.root)
            let ann = try makeAnn(in: &store, at: root)
            _ = try house.users.erase(
                ann, because: .breach, by: .operatorOnHost, from: .test, noting: ledger, in: &store)
            let rows = try root.rows(
                "SELECT LOWER(HEX(id)), LOWER(HEX(personal)) FROM audit_events WHERE subject_id IS NOT NULL")
            #expect(rows.count >= 4)
            for row in rows {
                let id = try #require(row[0].flatMap(Hex.decode).flatMap { AuditEventID(bytes: $0) })
                let sealed = try #require(row[1].flatMap(Hex.decode))
                let opened = { (key: Secret) in SealedBox.open(sealed, context: "audit/\(id)", key: key) }
                // Only the salt that was in her row opens it, and that is nowhere any more.
                #expect(opened(Keyring.test.personal(.auditPersonal, salt: ann.erasureSalt)) != nil)
                #expect(opened(Keyring.test.active(.auditPersonal)) == nil)
            }
            let salt = Hex.encode(ann.erasureSalt)
            for table in ["users", "registrations"] {
                #expect(try count("\(table) WHERE erasure_salt = UNHEX('\(salt)')", root) == "0")
            }
        }
    }

    @Test func `an erasure that cannot be written down does not happen`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            let code = refusal { () throws(Failure) in
                try house.users.erase(
                    ann, because: .spam, by: .operatorOnHost, from: .test, noting: NotedErasures(broken: true),
                    in: &store)
            }
            #expect(code == "fault: the ledger is full")
            #expect(try store.user(withID: ann.id) != nil)
        }
    }

    @Test func `somebody who was restored since he was read is neither erased nor written down`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            try store.markDeleted(ann.id, at: house.clock.now())
            let read = try #require(try store.user(withID: ann.id))
            let isBack = try house.users.restore(read, within: .days(30), from: .test, in: &store)
            #expect(isBack)
            let isGone = try house.users.erase(
                read, because: .deleted, by: .janitor, from: .test, noting: ledger, in: &store)
            #expect(!isGone && ledger.all == [])
            // Also when that happens after the look.
            #expect(try !store.deleteUser(read))
            #expect(try store.user(withID: ann.id)?.isActive == true)
        }
    }

    @Test func `another account keeps its way back to its former address, and a stranger's registration stays`() throws
    {
        try withSchema { schema throws in
            var store = schema.store()
            let root = try RootConnection(schema.root)
            let ann = try house.register("ann", in: &store).user
            let bob = try house.register("bob", in: &store).user
            let now = house.clock.now()
            let (undo, _) = house.users.issue(
                .undoEmail, for: bob.id, at: ann.email, lasting: .days(7), now: now)
            try store.insert(undo)
            // Ann never proved that the address is hers.
            try insertRegistration(for: ann.email, in: &store)
            _ = try house.users.erase(
                ann, because: .requested, by: .operatorOnHost, from: .test, noting: ledger, in: &store)
            #expect(try count("registrations", root) == "1")
            #expect(try count("one_time_tokens", root) == "2")
            #expect(try store.token(withDigest: undo.digest, for: .undoEmail)?.subject == bob.id)
            #expect(try store.user(withID: bob.id) != nil)
        }
    }

    @Test func `a restored backup is erased again, and who lived on is left to somebody's eyes`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            let bob = try house.register("bob", in: &store).user
            house.clock.advance(by: .hours(1))
            let erasure = Erasure(of: ann.id, at: house.clock.now(), because: .gdpr)
            let other = Erasure(of: bob.id, at: house.clock.now(), because: .gdpr)
            house.clock.advance(by: .hours(1))
            try house.signIn("bob", in: &store)
            #expect(try house.users.replay(erasure, from: .test, in: &store) == .erased)
            #expect(try store.auditEvents().last?.detail == #"{"reason":"gdpr","replayed":"true"}"#)
            #expect(try house.users.replay(erasure, from: .test, in: &store) == .absent)
            #expect(try house.users.replay(other, from: .test, in: &store) == .livedOn)
            #expect(try store.user(withID: bob.id) != nil)
        }
    }
}

@Suite struct `Restoring somebody` {
    private let house = House()

    /// Ann, who deleted her account this long ago.
    private func deletedAnn(_ ago: Duration, in store: inout Store) throws -> User {
        let ann = try house.register("ann", in: &store)
        let caller = Caller(user: ann.user, session: ann.session)
        try house.users.delete(caller, currentPassword: nil, from: .test, in: &store)
        house.clock.advance(by: ago)
        return try #require(try store.user(withID: ann.user.id))
    }

    @Test func `within the grace period everything is as before, but for the sessions`() throws {
        try withStore { store throws in
            let ann = try deletedAnn(.days(30) - .seconds(1), in: &store)
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            let isBack = try house.users.restore(ann, within: .days(30), from: .test, in: &store)
            #expect(isBack)
            #expect(try store.auditEvents().last?.event == "user.restored")
            let mail = try #require(try store.outbox().last)
            #expect(mail.template == "account_restored" && mail.recipient == "ann@example.org")
            #expect(try store.sessions(of: ann.id, at: house.clock.now()).isEmpty)
            try house.signIn("ann", in: &store)
        }
    }

    @Test func `it is too late after it, and nothing for who is not deleted or is erased`() throws {
        try withStore { store throws in
            let ann = try deletedAnn(.days(30), in: &store)
            #expect(try !house.users.restore(ann, within: .days(30), from: .test, in: &store))
            let bob = try house.register("bob", in: &store).user
            #expect(try !house.users.restore(bob, within: .days(30), from: .test, in: &store))
            _ = try house.users.erase(
                ann, because: .deleted, by: .janitor, from: .test, noting: NotedErasures(), in: &store)
            #expect(try !house.users.restore(ann, within: .days(31), from: .test, in: &store))
            #expect(try store.outbox().allSatisfy { $0.template != "account_restored" })
        }
    }
}
