internal import CSodium

/// What one Argon2id computation costs (RFC 9106; libsodium's parallelism is always 1).
package struct HashingCost: Sendable, Hashable {
    /// Passes over the memory.
    package var iterations: Int
    /// Memory in KiB.
    package var memory: Int

    package init(iterations: Int, memory: Int) {
        self.iterations = iterations
        self.memory = memory
    }

    /// Two passes over 64 MiB, the default.
    package static let standard = HashingCost(iterations: 2, memory: 64 * 1024)

    /// The least that Argon2id accepts, for tests.
    package static let test = HashingCost(iterations: 1, memory: 8)

    /// What the library can compute: 1 to 16 passes over 8 KiB to 1 GiB.
    package var isValid: Bool { (1...16).contains(iterations) && (8...1024 * 1024).contains(memory) }
}

/// Argon2id with a random salt of 16 bytes and 32 bytes of output.
package enum PasswordHashing {
    package static let saltSize = 16

    package static func salt() -> [UInt8] { Random.bytes(saltSize) }

    /// Nil when the memory cannot be had or the parameters are out of range; takes a tenth of a second on purpose.
    package static func argon2id(_ password: Secret, salt: [UInt8], cost: HashingCost) -> Secret? {
        Sodium.ready
        guard salt.count == saltSize, cost.isValid else { return nil }
        var output = [UInt8](repeating: 0, count: Digest.size)
        defer { wipe(&output) }
        let result = password.withPointer { bytes, count in
            crypto_pwhash(
                &output, UInt64(Digest.size), UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self),
                UInt64(count), salt, UInt64(cost.iterations), cost.memory * 1024, crypto_pwhash_ALG_ARGON2ID13)
        }
        return result == 0 ? Secret(output) : nil
    }
}
