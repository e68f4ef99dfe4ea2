internal import COpenSSL

/// SHA-1, broken as a signature hash and never used as one: collections of leaked passwords are indexed by it, so
/// looking a password up in one needs it. Nothing that we store or compare is made with it.
package enum SHA1 {
    package static let size = 20

    package static func digest(of secret: Secret) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: size)
        let result = secret.withPointer { bytes, count in
            EVP_Digest(bytes, count, &digest, nil, EVP_sha1(), nil)
        }
        precondition(result == 1, "SHA-1 failed")
        return digest
    }
}
