/// Why somebody was erased (S1.27).
package enum ErasureReason: String, Sendable, CaseIterable {
    /// A request under the law.
    case gdpr
    /// An answer to a breach.
    case breach
    case spam
    /// He asked for it.
    case requested
    /// He had deleted his account, and the time to come back is over.
    case deleted

    /// Those that an operator gives.
    package static let operators: [ErasureReason] = [.gdpr, .breach, .spam, .requested]
}

/// What is written down of an erasure: enough to do it once more, and nothing that tells who it was.
package struct Erasure: Sendable, Equatable {
    package let userID: UserID
    package let at: Instant
    package let reason: ErasureReason

    package init(of userID: UserID, at now: Instant, because reason: ErasureReason) {
        self.userID = userID
        at = now
        self.reason = reason
    }
}

/// Where erasures are written down outside of the database, so that a restored backup brings nobody back (decisions 34).
package protocol ErasureLedger: Sendable {
    /// Returns when the line would survive a crash of the machine. An erasure that cannot be written down does not happen.
    func note(_ erasure: Erasure) throws(Failure)
}

/// What is removed with a person.
package protocol ErasureStore: ~Copyable {
    /// Removes the row, and with it sessions and known networks. False when the account was deleted, restored or erased
    /// since it was read.
    mutating func deleteUser(_ user: User) throws(Failure) -> Bool

    /// The names that he had stay taken, by nobody.
    mutating func disownUsernames(of id: UserID, at now: Instant) throws(Failure)

    /// Every token that is about him, and every one that proves his mailbox where it is known to be his. Links by which
    /// another account takes back its former address stay.
    mutating func deleteTokens(about user: User) throws(Failure)

    mutating func deleteMails(of id: UserID) throws(Failure)
}
