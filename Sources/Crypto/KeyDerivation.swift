internal import COpenSSL

/// HKDF with SHA-256 (RFC 5869), without a salt: the input is a uniformly random master key.
enum KeyDerivation {
    static func hkdf(master: Secret, info: String, count: Int = 32) -> Secret {
        let algorithm = EVP_KDF_fetch(nil, "HKDF", nil)
        defer { EVP_KDF_free(algorithm) }
        let context = EVP_KDF_CTX_new(algorithm)
        defer { EVP_KDF_CTX_free(context) }
        var info = Array(info.utf8)
        var derived = [UInt8](repeating: 0, count: count)
        defer { wipe(&derived) }
        let result = master.withBytes { key in
            var hash = Array("SHA256".utf8CString)
            return hash.withUnsafeMutableBufferPointer { hash in
                info.withUnsafeMutableBytes { info in
                    var parameters = [
                        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.baseAddress, 0),
                        OSSL_PARAM_construct_octet_string(
                            OSSL_KDF_PARAM_KEY, UnsafeMutableRawPointer(mutating: key.baseAddress), key.count),
                        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.baseAddress, info.count),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_KDF_derive(context, &derived, count, &parameters)
                }
            }
        }
        precondition(result == 1, "HKDF failed")
        return Secret(derived)
    }
}
