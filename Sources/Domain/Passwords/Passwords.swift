package import Crypto

/// Hashing and checking: the only place where a password meets Argon2id and the pepper.
package struct Passwords: Sendable {
    /// Argon2id; a test counts its calls.
    package typealias Hasher = @Sendable (_ password: Secret, _ salt: [UInt8], _ cost: HashingCost) -> Secret?

    package let policy: PasswordPolicy
    private let cost: HashingCost
    private let keyring: Keyring
    private let hasher: Hasher

    package init(
        policy: PasswordPolicy, cost: HashingCost, keyring: Keyring,
        hasher: @escaping Hasher = { PasswordHashing.argon2id($0, salt: $1, cost: $2) }
    ) {
        self.policy = policy
        self.cost = cost
        self.keyring = keyring
        self.hasher = hasher
    }

    /// A new password in the form in which it is stored; slow on purpose, hence before any transaction.
    package func digest(new password: Secret) throws(Failure) -> PasswordDigest {
        let parameters = PasswordParameters(
            cost: cost, salt: PasswordHashing.salt(), pepperID: keyring.activeID)
        return PasswordDigest(parameters: parameters, digest: try digest(password, with: parameters))
    }

    /// A given password as it would be stored under existing parameters; without any, as expensive as a real one.
    package func digest(
        given password: Secret, with parameters: PasswordParameters?
    ) throws(Failure) -> Digest {
        let decoy = PasswordParameters(
            cost: cost, salt: [UInt8](repeating: 0, count: PasswordHashing.saltSize), pepperID: keyring.activeID)
        return try digest(password, with: parameters ?? decoy)
    }

    /// Whether a stored password is to be made anew at the next chance.
    package func isOutdated(_ parameters: PasswordParameters) -> Bool {
        parameters.cost != cost || parameters.pepperID != keyring.activeID
    }

    private func digest(_ password: Secret, with parameters: PasswordParameters) throws(Failure) -> Digest {
        guard let pepper = keyring.key(.pepper, id: parameters.pepperID) else {
            throw .defect("a password was stored under key \(parameters.pepperID), which the keyring no longer has")
        }
        guard let output = hasher(password, parameters.salt, parameters.cost) else {
            throw .fault(
                Fault(
                    .unavailable(code: "service_busy", retryAfter: .seconds(2)),
                    "Argon2id got no memory: \(parameters.cost.memory) KiB"))
        }
        var bytes = output.copyBytes()
        defer { wipe(&bytes) }
        return MAC.hmacSHA256(of: bytes, key: pepper)
    }
}
