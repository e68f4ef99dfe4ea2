internal import CSodium

/// The one source of random bytes (`getrandom` through libsodium).
package enum Random {
    package static func bytes(_ count: Int) -> [UInt8] {
        Sodium.ready
        var drawn = [UInt8](repeating: 0, count: count)
        randombytes_buf(&drawn, count)
        return drawn
    }

    package static func secret(_ count: Int) -> Secret {
        var drawn = bytes(count)
        defer { wipe(&drawn) }
        return Secret(drawn)
    }
}

/// Overwrites an array that held a secret; the compiler does not remove the write.
package func wipe(_ bytes: inout [UInt8]) {
    let count = bytes.count
    bytes.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, count) }
}
