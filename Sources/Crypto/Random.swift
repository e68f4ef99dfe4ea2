internal import CSodium

/// The one source of random bytes (`getrandom` through libsodium).
package enum Random {
    package static func bytes(_ count: Int) -> [UInt8] {
        Sodium.ready
        var drawn = [UInt8](repeating: 0, count: count)
        randombytes_buf(&drawn, count)
        return drawn
    }

    /// From 0 to 1, each as likely: for what is to be spread, like pauses.
    package static func fraction() -> Double {
        Sodium.ready
        return Double(randombytes_uniform(1_000_001)) / 1_000_000
    }

    /// So many decimal digits, each combination as likely: a code that a person types.
    package static func digits(_ count: Int) -> String {
        Sodium.ready
        return String(
            (0..<count).map { _ in Character(Unicode.Scalar(UInt8(ascii: "0") + UInt8(randombytes_uniform(10)))) })
    }

    package static func secret(_ count: Int) -> Secret {
        var drawn = bytes(count)
        defer { wipe(&drawn) }
        return Secret(drawn)
    }
}

/// Random bytes drawn many at a time, one system call for all: for identifiers, which are no secrets.
package struct RandomSupply: Sendable {
    private static let drawn = 1024
    private var rest: ArraySlice<UInt8> = []

    package init() {}

    package mutating func next(_ count: Int) -> [UInt8] {
        if rest.count < count { rest = Random.bytes(max(RandomSupply.drawn, count))[...] }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

/// Overwrites an array that held a secret; the compiler does not remove the write.
package func wipe(_ bytes: inout [UInt8]) {
    let count = bytes.count
    bytes.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, count) }
}
