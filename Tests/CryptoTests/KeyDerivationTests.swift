import Testing

@testable import Crypto

/// HKDF without a salt: RFC 5869, A.3, and values computed with Python's `hmac` from the RFC's definition.
@Suite struct KeyDerivationTests {
    private let input = Secret([UInt8](repeating: 0x0B, count: 22))

    @Test func `HKDF gives test case 3 of RFC 5869`() {
        let derived = KeyDerivation.hkdf(master: input, info: "", count: 42)
        #expect(
            Hex.encode(derived.copyBytes())
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test func `HKDF gives what an independent computation gives for an info text`() {
        let derived = KeyDerivation.hkdf(master: input, info: "tc-info", count: 42)
        #expect(
            Hex.encode(derived.copyBytes())
                == "f134dc24efc739adc60b777c0ef202b40b4b9059109a2c05866bd45723afd5d9ae96e734767a2a38235b")
    }
}
