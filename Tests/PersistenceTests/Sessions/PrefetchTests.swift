import Crypto
import Domain
import Persistence
import Support
import Testing

/// Checks that wait together are looked up together (docs/adr/0028).
@Suite struct PrefetchTests {
    private static let users = ["ada", "bob", "eve"].map { User.named($0) }

    /// A session of each user, of the digests 1, 2 and 3.
    private func withSessions(_ body: (inout Store, TestSchema) throws -> Void) throws {
        try withSchema { schema throws in
            var store = try schema.trustingStore()
            for (user, byte) in zip(Self.users, [1, 2, 3] as [UInt8]) {
                _ = try store.insert(user)
                try store.insert(.of(user, byte))
            }
            try body(&store, schema)
        }
    }

    private static func told(of name: String) -> String { "active \(name)@example.org unproved - \(name) user" }

    @Test(arguments: 2...8)
    func `so many sessions cost one statement, and each tells of its own user`(count: Int) throws {
        try withSessions { store, _ throws in
            let bytes = Array([3, 1, 9, 2, 1, 3, 8, 2].prefix(count)) as [UInt8]
            let before = store.roundTrips
            store.prefetchIdentities(withDigests: bytes.map(Digest.filled))
            for byte in bytes {
                let name = [1: "ada", 2: "bob", 3: "eve"][byte]
                #expect(try store.told(byte) == name.map(Self.told))
            }
            #expect(store.roundTrips == before + 1)
        }
    }

    @Test func `what was looked up together is not told later`() throws {
        try withSessions { store, _ throws in
            store.prefetchIdentities(withDigests: [.filled(1), .filled(2), .filled(7)])
            store.dropPrefetched()
            try store.deleteSession(withDigest: .filled(1))
            try store.setDisabled(true, Self.users[1].id, at: .test)
            try store.insert(.of(Self.users[2], 7))
            #expect(try store.told(1) == nil)
            #expect(try store.told(2) == "inactive bob@example.org unproved - bob user")
            #expect(try store.told(7) == Self.told(of: "eve"))
        }
    }

    @Test func `a session that was not looked up is asked for`() throws {
        try withSessions { store, _ throws in
            store.prefetchIdentities(withDigests: [.filled(1), .filled(2)])
            let before = store.roundTrips
            #expect(try store.told(3) == Self.told(of: "eve"))
            #expect(store.roundTrips == before + 1)
        }
    }

    /// Nobody is taken for somebody without a session because a row cannot be read so.
    @Test func `a session without its copy of the user is asked for by itself`() throws {
        try withSessions { store, schema throws in
            try RootConnection(schema.root).run(
                """
                SET STATEMENT foreign_key_checks = 0 FOR
                ALTER TABLE sessions DROP COLUMN identity_is_active, ADD COLUMN identity_is_active BOOLEAN NULL
                """)
            let before = store.roundTrips
            store.prefetchIdentities(withDigests: [.filled(1), .filled(2)])
            #expect(try store.told(1) == Self.told(of: "ada"))
            #expect(try store.told(2) == Self.told(of: "bob"))
            // One that finds no copy, and for each the one that finds none either and the one that asks the user.
            #expect(store.roundTrips == before + 5)
        }
    }

    @Test func `who does not trust the copies asks for each`() throws {
        try withSessions { _, schema throws in
            var store = schema.store()
            store.prefetchIdentities(withDigests: [.filled(1), .filled(2)])
            #expect(store.roundTrips == 0)
            #expect(try store.told(1) == Self.told(of: "ada"))
        }
    }

    @Test func `more than there are binds for, and none, are not looked up together`() throws {
        try withSessions { store, _ throws in
            let before = store.roundTrips
            store.prefetchIdentities(withDigests: (1...9).map { .filled($0) })
            store.prefetchIdentities(withDigests: [])
            #expect(store.roundTrips == before)
            #expect(try store.told(2) == Self.told(of: "bob"))
        }
    }

    @Test func `a statement that fails leaves each to ask for himself`() throws {
        try withSessions { store, schema throws in
            let root = try RootConnection(schema.root)
            try root.run("RENAME TABLE sessions TO elsewhere")
            store.prefetchIdentities(withDigests: [.filled(1), .filled(2)])
            try root.run("RENAME TABLE elsewhere TO sessions")
            #expect(try store.told(1) == Self.told(of: "ada"))
            #expect(try store.told(2) == Self.told(of: "bob"))
        }
    }
}
