import Crypto
import Testing

@Suite struct KeyringTests {
    /// The bytes 0, 1, 2 … 31.
    private static let first = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    private static let second = "f0e1d2c3b4a5968778695a4b3c2d1e0ff1e2d3c4b5a697887a6b5c4d3e2f1001"

    private func keyring() throws -> Keyring {
        try Keyring(
            parsing: """
                # a comment

                1 2026-01-31 active \(KeyringTests.first)
                2 2025-01-31 retired \(KeyringTests.second)

                """)
    }

    /// Computed with Python's `hmac` from RFC 5869.
    @Test(arguments: [
        (KeyPurpose.pepper, "b4cb560536217a639aea0bd88873cb8e7e3bc2117a45051cdec5083e970361de"),
        (.lookup, "2d6823cf17a9e13e31232414f932df3cf033f184f6b2cebc85988c12eef9848e"),
        (.csrf, "e066330f0fb9f28697788b2cb5db0788d78fa355b855920bfafc34f74131cad9"),
        (.flash, "408fa81cd2435cf4be3d8b162ba332a956c95c25c83a7b09cb45424a70618b34"),
        (.auditMAC, "300efc801daef2db1a979a77f1eae365103db54bc6014e778fa61d30db6d074f"),
        (.auditPersonal, "1dd9edd8d9a84da1f382fadd9a0d110680899fabf7efcfa71bcb5a47b1197947"),
    ])
    func `each purpose has the key that an independent computation gives`(
        purpose: KeyPurpose, expected: String
    ) throws {
        #expect(Hex.encode(try keyring().active(purpose).copyBytes()) == expected)
    }

    @Test func `every purpose and every master key has a key of its own`() throws {
        let keyring = try keyring()
        let keys = KeyPurpose.allCases.flatMap { purpose in
            [1, 2].compactMap { keyring.key(purpose, id: $0)?.copyBytes() }
        }
        #expect(keys.count == KeyPurpose.allCases.count * 2)
        #expect(Set(keys).count == keys.count)
    }

    @Test func `a retired key stays readable and an unknown one is not there`() throws {
        let keyring = try keyring()
        #expect(keyring.activeID == 1)
        #expect(keyring.key(.pepper, id: 2) != nil)
        #expect(keyring.key(.pepper, id: 3) == nil)
    }

    @Test func `a person's key depends on the salt`() throws {
        let keyring = try keyring()
        let key = keyring.personal(.auditPersonal, salt: [UInt8](0..<16))
        #expect(Hex.encode(key.copyBytes()) == "0c65261883e31862acbc14179ff6a415e67d61f0b9495e0a50d30d68d4b30161")
        let other = keyring.personal(.auditPersonal, salt: [UInt8](1..<17))
        #expect(!key.equals(other))
    }

    private static let shape = "is not `ID CREATED STATE KEY`"
    private static let state = "the state is `active` or `retired`"
    private static let weak = "the key is not 32 random bytes in hexadecimal"
    private static let activity = "exactly one active key"
    private static let twice = "the same id"

    @Test(arguments: [
        ("", activity),
        ("# nothing\n", activity),
        ("1 2026-01-31 retired \(first)", activity),
        ("1 2026-01-31 active \(first)\n2 2026-01-31 active \(second)", activity),
        ("1 2026-01-31 active \(first)\n1 2025-01-31 retired \(second)", twice),
        ("1 2026-01-31 active", shape),
        ("1 2026-01-31 active \(first) more", shape),
        ("one 2026-01-31 active \(first)", shape),
        ("0 2026-01-31 active \(first)", shape),
        ("-1 2026-01-31 active \(first)", shape),
        ("4294967296 2026-01-31 active \(first)", shape),
        ("1 yesterday active \(first)", shape),
        ("1 2026-01-31 ACTIVE \(first)", state),
        ("1 2026-01-31 passive \(first)", state),
        ("1 2026-01-31 active \(first.dropLast(2))", weak),
        ("1 2026-01-31 active \(first)00", weak),
        ("1 2026-01-31 active \(first.dropLast())g", weak),
        ("1 2026-01-31 active \(String(repeating: "00", count: 32))", weak),
        ("1 2026-01-31 active \(String(repeating: "ff", count: 32))", weak),
        ("1 2026-01-31 active \(String(repeating: "deadbeef", count: 8))", weak),
    ])
    func `a bad keyring is refused with the reason and without the key`(text: String, reason: String) {
        let problem = #expect(throws: Keyring.Problem.self) { try Keyring(parsing: text) }
        let description = problem?.description ?? ""
        #expect(description.contains(reason))
        #expect(!description.contains("0203"))
        #expect(!description.contains("dead"))
    }

    @Test func `the number of the bad line is told`() {
        let problem = #expect(throws: Keyring.Problem.self) {
            try Keyring(parsing: "# a comment\n\n1 2026-01-31 active \(KeyringTests.first)\nrubbish\n")
        }
        #expect(problem?.description.hasPrefix("line 4 ") == true)
    }

    @Test func `a line may end like on Windows`() throws {
        let keyring = try Keyring(parsing: "1 2026-01-31 active \(KeyringTests.first)\r\n")
        #expect(keyring.activeID == 1)
    }

    @Test func `a new file is a keyring with another key each time`() throws {
        let one = try Keyring(parsing: Keyring.newFile(created: "2026-01-31"))
        let other = try Keyring(parsing: Keyring.newFile(created: "2026-01-31"))
        #expect(one.activeID == 1)
        #expect(!one.active(.pepper).equals(other.active(.pepper)))
    }
}
