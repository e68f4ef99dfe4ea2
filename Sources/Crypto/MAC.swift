internal import CSodium

/// HMAC-SHA-256 (RFC 2104).
package enum MAC {
    package static func hmacSHA256(of message: some Sequence<UInt8>, key: Secret) -> Digest {
        Sodium.ready
        var message = Array(message)
        defer { wipe(&message) }
        var state = crypto_auth_hmacsha256_state()
        defer { withUnsafeMutableBytes(of: &state) { sodium_memzero($0.baseAddress, $0.count) } }
        key.withPointer { bytes, count in _ = crypto_auth_hmacsha256_init(&state, bytes, count) }
        _ = crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        var bytes = [UInt8](repeating: 0, count: Digest.size)
        _ = crypto_auth_hmacsha256_final(&state, &bytes)
        return Digest(exactly: bytes)
    }
}
