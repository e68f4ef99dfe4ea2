import Domain
import Persistence
import Support
import Testing

@Suite struct UserStoreTests {
    /// Security 0.6: what a default collation would take for one and the same.
    @Test(arguments: [("mike", "mıke"), ("mike", "MIKE"), ("mike", "mike "), ("a", "á"), ("ß", "ss")])
    func `two spellings are two`(first: String, second: String) throws {
        try withStore { store throws in
            #expect(try store.insert(.named("one", email: first, username: first)) == .inserted)
            #expect(try store.user(withUsername: Username(stored: second)) == nil)
            #expect(try store.user(withEmail: EmailAddress(storedText: second, key: second)) == nil)
            #expect(try store.insert(.named("two", email: second, username: second)) == .inserted)
        }
    }

    @Test func `a taken address and a taken name are told apart`() throws {
        try withStore { store throws in
            _ = try store.insert(.named("ann", username: "ann"))
            #expect(try store.insert(.named("ann", username: "other")) == .emailTaken)
            #expect(try store.insert(.named("other", username: "ann")) == .usernameTaken)
        }
    }

    @Test(arguments: [nil, "ann"])
    func `an address that somebody may take back is not for a new user`(name: String?) throws {
        try withStore { store throws in
            let ann = User.named("ann", username: name)
            let token = { (digest: UInt8, email: String, end: Instant) in
                OneTimeToken(
                    digest: .filled(digest), purpose: .undoEmail, subject: UserID(at: .test),
                    email: EmailAddress(storedText: email, key: email), createdAt: .test, expiresAt: end)
            }
            try store.insert(token(1, "other@example.org", .test + .days(1)))
            try store.insert(token(2, "ann@example.org", .test))
            #expect(try store.insert(ann) == .inserted)
            try store.insert(token(3, "bob@example.org", .test + .days(1)))
            #expect(try store.insert(.named("bob", username: name.map { $0 + "2" })) == .emailTaken)
            #expect(try !store.isClaimed(Username(stored: "ann2")))
            #expect(try store.insert(.named("bea", username: name.map { $0 + "3" })) == .inserted)
        }
    }

    @Test func `a released name returns to nobody but its owner`() throws {
        try withStore { store throws in
            let (ann, bob) = (User.named("ann", username: "ann"), User.named("bob"))
            _ = try store.insert(ann)
            _ = try store.insert(bob)
            #expect(try store.rename(ann.id, to: Username(stored: "anna"), at: .test))
            #expect(try !store.rename(bob.id, to: Username(stored: "ann"), at: .test))
            let refused = code {
                try store.atomically { tx throws(Failure) in
                    guard try tx.insert(.named("cem", username: "ann")) == .usernameTaken else { return }
                    throw .databaseUnavailable("undone")
                }
            }
            #expect(refused == "database_unavailable")
            #expect(try store.rename(ann.id, to: Username(stored: "ann"), at: .test))
            #expect(try store.user(withID: ann.id)?.username?.text == "ann")
        }
    }

    @Test func `what is too long is refused and not cut`() throws {
        try withStore { store throws in
            var user = User.named("ann")
            user.name = String(repeating: "x", count: 201)
            #expect(code { _ = try store.insert(user) } == "defect")
            #expect(try store.user(withID: user.id) == nil)
        }
    }

    @Test func `every field comes back as it went in`() throws {
        try withStore { store throws in
            var user = User.named("ann", username: "ann")
            user.name = "Zoë 🦊 \u{1F469}\u{200D}\u{1F680}"
            user.picture = "https://example.org/" + String(repeating: "p", count: 2000)
            user.emailVerifiedAt = Instant(microseconds: 1_770_091_506_123_456)
            user.disabledAt = Instant(microseconds: -1)
            _ = try store.insert(user)
            let stored = try #require(try store.user(withID: user.id))
            #expect(stored.name == user.name)
            #expect(stored.picture == user.picture)
            #expect(stored.emailVerifiedAt == user.emailVerifiedAt)
            #expect(stored.disabledAt == user.disabledAt)
            #expect(stored.erasureSalt == user.erasureSalt)
            #expect(stored.createdAt == user.createdAt)
        }
    }

    @Test func `a number matches no token`() throws {
        try withStore { store throws in
            _ = try store.insert(.named("ann", email: "abc"))
            #expect(try store.user(withEmail: EmailAddress(storedText: "0", key: "0")) == nil)
        }
    }
}
