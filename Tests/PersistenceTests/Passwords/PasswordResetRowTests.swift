import Crypto
import Domain
import Persistence
import Support
import Testing

/// Decisions 24: a password is set without the current one only by a row of a token that is used up in the same call.
@Suite struct PasswordResetRowTests {
    private func token(
        _ purpose: TokenPurpose = .reset, of user: UserID, digest: UInt8 = 7, expiry: Instant = .test + .hours(1),
        usedAt: Instant? = nil
    ) -> OneTimeToken {
        OneTimeToken(
            digest: .filled(digest), purpose: purpose, subject: user,
            email: EmailAddress(storedText: "ann@example.org", key: "ann@example.org"), createdAt: .test,
            expiresAt: expiry, usedAt: usedAt)
    }

    private func withAnn(_ body: (inout Store, User) throws -> Void) throws {
        try withStore { (store: inout Store) throws in
            let ann = User.named("ann")
            _ = try store.insert(ann)
            _ = try store.createPassword(.filled(1), of: ann.id)
            try body(&store, ann)
        }
    }

    @Test func `a token sets a password once`() throws {
        try withAnn { store, ann in
            let token = token(of: ann.id)
            try store.insert(token)
            #expect(try store.resetPassword(by: token, to: .filled(2), at: .test))
            #expect(try store.password(of: ann.id, matches: .filled(2)))
            #expect(try !store.resetPassword(by: token, to: .filled(3), at: .test))
            #expect(try store.password(of: ann.id, matches: .filled(2)))
            #expect(try store.token(withDigest: token.digest, for: .reset)?.usedAt == .test)
        }
    }

    @Test func `a user without a password gets one`() throws {
        try withAnn { store, ann in
            try store.dropPassword(of: ann.id)
            #expect(try store.candidate(withID: ann.id, from: .filled(1)).parameters == nil)
            let token = token(of: ann.id)
            try store.insert(token)
            #expect(try store.resetPassword(by: token, to: .filled(2), at: .test))
            #expect(try store.password(of: ann.id, matches: .filled(2)))
        }
    }

    @Test func `a token that is unknown, another's, used, too old or for something else sets none`() throws {
        try withAnn { store, ann in
            #expect(try !store.resetPassword(by: token(of: ann.id), to: .filled(2), at: .test))
            let bob = User.named("bob")
            _ = try store.insert(bob)
            try store.insert(token(of: bob.id, digest: 10))
            #expect(try !store.resetPassword(by: token(of: ann.id, digest: 10), to: .filled(2), at: .test))
            try store.insert(token(of: ann.id, digest: 11, usedAt: .test))
            #expect(try !store.resetPassword(by: token(of: ann.id, digest: 11), to: .filled(2), at: .test))
            try store.insert(token(of: ann.id, digest: 12, expiry: .test))
            #expect(try !store.resetPassword(by: token(of: ann.id, digest: 12), to: .filled(2), at: .test))
            for (number, purpose) in [TokenPurpose.changeEmail, .undoEmail, .notMe, .confirm].enumerated() {
                let other = token(purpose, of: ann.id, digest: UInt8(20 + number))
                try store.insert(other)
                #expect(try !store.resetPassword(by: other, to: .filled(2), at: .test), "\(purpose)")
            }
            #expect(try store.password(of: ann.id, matches: .filled(1)))
        }
    }

    @Test func `nobody takes the decoy's password away`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.dropPassword(of: UserID(trusted: [UInt8](repeating: 0, count: 16)))
            let rows = try RootConnection(schema.root).rows("SELECT COUNT(*) FROM password_hashes")
            #expect(rows == [["1"]])
        }
    }
}
