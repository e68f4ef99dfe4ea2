/// Passwords that are known to be out in the world, looked up by hash: the operator's file.
package protocol PasswordBlockList: Sendable {
    /// Whether the list has the password with this SHA-1 hash (20 bytes).
    func contains(sha1: [UInt8]) throws(Failure) -> Bool
}
