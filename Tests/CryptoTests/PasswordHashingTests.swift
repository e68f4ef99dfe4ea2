import Crypto
import Testing

/// Expected values: the reference implementation of Argon2 (libargon2), version 0x13, one lane, 32 bytes of output.
@Suite struct PasswordHashingTests {
    private static let salt = [UInt8](0..<16)

    @Test(arguments: [
        ("", 1, 8, "31ed41e2d73f27fdfe4eb4bec651341e58ba43477051c6fe4adad735d82ee08a"),
        ("password", 1, 8, "3a008963c65f7ffa7331a90babd1fd17ea9f03bd05356b857ceb43f7b7080adc"),
        ("password", 2, 65536, "3fde0023e9c90652edac14784971e4258e084751bce00b5965d995c639b15cff"),
        ("pässwörd", 3, 1024, "68b7dd58152e742a9b6ab9d3439ec9c28bb8dd3981e1dd19e6a32d9ae243cfc2"),
        (
            String(repeating: "a", count: 1024), 1, 8,
            "a8e814526e2b2b29e81cc116d3cb5c81f85850ff5ab115e159b20d5e17343c78"
        ),
    ])
    func `Argon2id gives what the reference implementation gives`(
        password: String, iterations: Int, memory: Int, expected: String
    ) throws {
        let cost = HashingCost(iterations: iterations, memory: memory)
        let output = try #require(
            PasswordHashing.argon2id(Secret(password), salt: PasswordHashingTests.salt, cost: cost))
        #expect(Hex.encode(output.copyBytes()) == expected)
    }

    @Test func `passwords that differ after byte 72 differ`() throws {
        let start = String(repeating: "x", count: 72)
        let one = try #require(hash(start + "a"))
        let other = try #require(hash(start + "b"))
        #expect(!one.equals(other))
    }

    private func hash(_ password: String) -> Secret? {
        PasswordHashing.argon2id(Secret(password), salt: PasswordHashingTests.salt, cost: .test)
    }

    @Test(arguments: [0, 15, 17])
    func `a salt of another size is refused`(size: Int) {
        let salt = [UInt8](repeating: 7, count: size)
        #expect(PasswordHashing.argon2id(Secret("password"), salt: salt, cost: .test) == nil)
    }

    @Test(arguments: [
        (0, 8), (17, 8), (-1, 8), (1, 7), (1, 1024 * 1024 + 1), (1, -8), (Int.max, 8), (1, Int.max), (1, Int.min),
    ])
    func `a cost out of range is refused`(iterations: Int, memory: Int) {
        let cost = HashingCost(iterations: iterations, memory: memory)
        #expect(!cost.isValid)
        #expect(
            PasswordHashing.argon2id(Secret("password"), salt: PasswordHashingTests.salt, cost: cost) == nil)
    }
}
