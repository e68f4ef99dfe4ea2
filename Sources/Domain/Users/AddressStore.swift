/// The row of a user while his address changes.
package protocol AddressStore: ~Copyable {
    /// The user as he is now; until the transaction ends nobody else changes him. Two acts that must not both happen take
    /// him first, and then look at what forbids them.
    mutating func lockedUser(withID id: UserID) throws(Failure) -> User?

    /// Writes an address that was proved. False when it is another account's.
    mutating func setEmail(
        _ email: EmailAddress, of id: UserID, verifiedAt: Instant, at now: Instant
    ) throws(Failure) -> Bool
}
