/// What an insertion of a user came to; a taken name is no error, it happens.
package enum UserInsertion: Sendable, Equatable {
    case inserted
    case emailTaken
    case usernameTaken
}

/// The rows of users and of the names they hold or once held.
package protocol UserStore: ~Copyable {
    /// Inserts the user and claims the username. On a taken name nothing is left behind once the surrounding
    /// transaction is rolled back; call it inside of one.
    mutating func insert(_ user: User) throws(Failure) -> UserInsertion

    mutating func user(withID id: UserID) throws(Failure) -> User?
    mutating func user(withEmail email: EmailAddress) throws(Failure) -> User?
    mutating func user(withUsername username: Username) throws(Failure) -> User?

    /// Whether a username is or was somebody's.
    mutating func isClaimed(_ username: Username) throws(Failure) -> Bool

    /// Writes the fields that change, and no other: two changes of different fields at once both stay.
    mutating func changeProfile(
        of id: UserID, name: Change<String>, picture: Change<String>, at now: Instant
    ) throws(Failure)

    mutating func setDisabled(_ isDisabled: Bool, _ id: UserID, at now: Instant) throws(Failure)
    mutating func markDeleted(_ id: UserID, at now: Instant) throws(Failure)

    /// Makes a deleted user one who is not.
    mutating func clearDeletion(of id: UserID, at now: Instant) throws(Failure)

    /// Notes that the mailbox is the user's. False when he has another address by now, has proved this one before, or is
    /// not active any more.
    mutating func noteProof(of email: EmailAddress, by id: UserID, at now: Instant) throws(Failure) -> Bool

    /// Claims a name for the user and releases the one it had; released names are never given out again.
    /// False when the name is or was somebody else's.
    mutating func rename(_ id: UserID, to username: Username?, at now: Instant) throws(Failure) -> Bool

    /// Notes a sign-in. False when the user has another password than when he was read, or is not active any more:
    /// then what he proved is worth nothing.
    mutating func noteSignIn(of user: User, at now: Instant) throws(Failure) -> Bool

    /// Notes that the person has a new password; making a stored one anew is no such change. It comes first in its
    /// transaction: a sign-in with the old password is before it, and its session ends, or after it, and fails.
    mutating func notePasswordChange(of id: UserID, at now: Instant) throws(Failure)

    /// Users in the order of their making, after the given one; at most `limit`. Deleted ones only when asked.
    mutating func users(after id: UserID?, limit: Int, deleted: Bool) throws(Failure) -> [User]
}
