package import Crypto

extension Keyring {
    /// Always the same keys: 2 makes, 1 only verifies.
    package static let test: Keyring = {
        let text = """
            1 2026-01-01 retired 0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0
            2 2026-02-01 active 8899aabbccddeeff00112233445566770f1e2d3c4b5a69788796a5b4c3d2e1f0
            """
        do { return try Keyring(parsing: text) } catch { fatalError("\(error)") }
    }()
}
