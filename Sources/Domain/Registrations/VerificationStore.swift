/// What proving an address asks of the rows of users and of their passwords.
package protocol VerificationStore: ~Copyable {
    /// Whether the name is or was somebody's.
    mutating func isClaimed(_ username: Username) throws(Failure) -> Bool

    /// Notes that the mailbox is the user's. False when he has another address by now, has proved this one before, or is
    /// not active any more.
    mutating func noteProof(of email: EmailAddress, by id: UserID, at now: Instant) throws(Failure) -> Bool

    /// Sets the password of the user whom a mailed token is about, and uses the token up: both or, when the token is worth
    /// nothing, neither.
    mutating func resetPassword(
        by token: OneTimeToken, to new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool
}
