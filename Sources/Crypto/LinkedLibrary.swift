internal import COpenSSL
internal import CSodium

/// A library as this program was built with it, and as the machine has it.
package struct LinkedLibrary: Sendable, Equatable {
    package let name: String
    package let built: String
    package let running: String

    package init(name: String, built: String, running: String) {
        self.name = name
        self.built = built
        self.running = running
    }

    /// Whether the machine's is older: then it may lack what the program relies on, mended holes included.
    ///
    /// Versions are compared by their numbers, from left to right; what is not a number ends the comparison.
    package var isTooOld: Bool { Self.numbers(running).lexicographicallyPrecedes(Self.numbers(built)) }

    private static func numbers(_ version: String) -> [Int] {
        version.prefix { $0 == "." || ("0"..."9").contains($0) }.split(separator: ".").compactMap { Int($0) }
    }

    package static var crypto: [LinkedLibrary] {
        [
            LinkedLibrary(
                name: "libsodium", built: SODIUM_VERSION_STRING, running: String(cString: sodium_version_string())),
            LinkedLibrary(
                name: "OpenSSL", built: "\(OPENSSL_VERSION_MAJOR).\(OPENSSL_VERSION_MINOR).\(OPENSSL_VERSION_PATCH)",
                running: "\(OPENSSL_version_major()).\(OPENSSL_version_minor()).\(OPENSSL_version_patch())"),
        ]
    }
}
