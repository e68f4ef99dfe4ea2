import Crypto
import Testing

/// The examples of FIPS 180-4 as NIST publishes them, and RFC 4231, section 4.
@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func `SHA-256 gives the published digests`(message: String, expected: String) {
        #expect(Hex.encode(Digest.sha256(of: message.utf8).bytes) == expected)
        #expect(Hex.encode(Digest.sha256(of: Secret(message)).bytes) == expected)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("password", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"),
    ])
    func `SHA-1 gives the published digests`(message: String, expected: String) {
        #expect(Hex.encode(SHA1.digest(of: Secret(message))) == expected)
    }

    private static let hmacCases: [(key: [UInt8], message: [UInt8], expected: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: 0..<5)
    func `HMAC-SHA-256 gives the digests of RFC 4231`(number: Int) {
        let (key, message, expected) = DigestTests.hmacCases[number]
        #expect(Hex.encode(MAC.hmacSHA256(of: message, key: Secret(key)).bytes) == expected)
    }

    @Test(arguments: [0, 31, 33])
    func `a digest has 32 bytes`(count: Int) {
        #expect(Digest([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func `digests that differ in one bit are different`() throws {
        let bytes = [UInt8](0..<32)
        let digest = try #require(Digest(bytes))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(Digest(other) != digest)
        }
        #expect(Digest(bytes) == digest)
    }
}
