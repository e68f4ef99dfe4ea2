internal import CSodium

/// Authenticated encryption (XChaCha20-Poly1305): what we hand out or store and want back unread and unchanged.
///
/// Layout: nonce (24 bytes), ciphertext, tag (16 bytes). `context` is bound but not contained.
package enum SealedBox {
    private static let nonceSize = 24
    private static let tagSize = 16

    package static func seal(_ message: [UInt8], context: String, key: Secret) -> [UInt8] {
        Sodium.ready
        let nonce = Random.bytes(nonceSize)
        let context = Array(context.utf8)
        var sealed = [UInt8](repeating: 0, count: message.count + tagSize)
        key.withPointer { key, count in
            precondition(count == crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
            _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                &sealed, nil, message, UInt64(message.count), context, UInt64(context.count), nil, nonce, key)
        }
        return nonce + sealed
    }

    /// Nil for anything that this key did not seal in this context.
    package static func open(_ box: [UInt8], context: String, key: Secret) -> [UInt8]? {
        Sodium.ready
        guard box.count >= nonceSize + tagSize else { return nil }
        let nonce = Array(box.prefix(nonceSize))
        let sealed = Array(box.dropFirst(nonceSize))
        let context = Array(context.utf8)
        var message = [UInt8](repeating: 0, count: sealed.count - tagSize)
        let result = key.withPointer { key, _ in
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                &message, nil, nil, sealed, UInt64(sealed.count), context, UInt64(context.count), nonce, key)
        }
        return result == 0 ? message : nil
    }
}
