internal import COpenSSL

/// HKDF with SHA-256 (RFC 5869), without a salt: the input is a uniformly random master key.
enum KeyDerivation {
    static func hkdf(master: Secret, info: String, count: Int = 32) -> Secret {
        // Not by EVP_KDF: its parameters keep the pointers to their names, which Swift only lends for one call.
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil)
        defer { EVP_PKEY_CTX_free(context) }
        let info = Array(info.utf8)
        var derived = [UInt8](repeating: 0, count: count)
        defer { wipe(&derived) }
        var size = count
        let isDerived = master.withPointer { key, keySize in
            EVP_PKEY_derive_init(context) == 1
                && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
                && EVP_PKEY_CTX_set1_hkdf_key(context, key, Int32(keySize)) == 1
                && EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(info.count)) == 1
                && EVP_PKEY_derive(context, &derived, &size) == 1
        }
        precondition(isDerived && size == count, "HKDF failed")
        return Secret(derived)
    }
}
