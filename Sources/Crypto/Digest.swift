internal import CSodium

/// Thirty-two bytes that stand for something: a SHA-256 digest, an HMAC, a stored password.
///
/// Equality takes the same time wherever the values differ.
package struct Digest: Sendable, Hashable {
    package static let size = 32

    package let bytes: [UInt8]

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.size else { return nil }
        self.bytes = Array(bytes)
    }

    init(exactly bytes: [UInt8]) {
        precondition(bytes.count == Digest.size)
        self.bytes = bytes
    }

    /// SHA-256 (FIPS 180-4).
    package static func sha256(of message: some Sequence<UInt8>) -> Digest {
        let message = Array(message)
        return message.withUnsafeBufferPointer { sha256(of: $0.baseAddress, count: $0.count) }
    }

    package static func sha256(of secret: Secret) -> Digest {
        secret.withPointer { sha256(of: $0, count: $1) }
    }

    private static func sha256(of message: UnsafePointer<UInt8>?, count: Int) -> Digest {
        Sodium.ready
        var bytes = [UInt8](repeating: 0, count: size)
        _ = crypto_hash_sha256(&bytes, message, UInt64(count))
        return Digest(exactly: bytes)
    }

    package static func == (left: Digest, right: Digest) -> Bool {
        sodium_memcmp(left.bytes, right.bytes, size) == 0
    }

    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
