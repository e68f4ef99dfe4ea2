package import Crypto

/// What the janitor looks after, each under the name of its table, which is permanent.
package enum Chore: String, Sendable, CaseIterable {
    case sessions
    case budgets
    /// Acts, and refusals beyond limits.
    case audit = "audit_events"
    case networks = "known_networks"
    case mails = "outbox_messages"
    case tokens = "one_time_tokens"
    case registrations
    case users
}

/// How long what is over is kept.
package struct JanitorTerms: Sendable, Equatable {
    /// How long a deleted account can be restored.
    package var grace: Duration
    package var auditRetention: Duration
    /// A network from which nobody has signed in to an account.
    package var networks = Acquaintance.memory
    /// What a mail said is gone with its delivery; that there was one is told for a while.
    package var deliveredMails = Duration.days(7)
    package var abandonedMails = Duration.days(30)
    /// A link that is followed too late is told so.
    package var tokens = Duration.days(7)

    package init(grace: Duration, auditRetention: Duration) {
        self.grace = grace
        self.auditRetention = auditRetention
    }

    /// What has just expired is left alone: the clocks of machines disagree a little, and what was in use a moment ago
    /// another worker may have under its hands.
    static let margin = Duration.hours(1)
}

/// The tables as the janitor works through them: every statement removes at most `limit` rows.
package protocol JanitorDesk: OfficeStore, ~Copyable {
    mutating func removeSessions(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int

    /// Looks at the next `limit` sessions in the order of their hashes, and removes those that nobody has used for too
    /// long. There is no index for it, because every use would have to write it; a walk over all of them comes to each
    /// in time.
    ///
    /// Returns where the walk goes on; nil when it begins anew.
    mutating func removeIdleSessions(
        after digest: Digest?, idleBefore end: Instant, limit: Int
    ) throws(Failure) -> (removed: Int, end: Digest?)

    /// Buckets that are full are as good as none.
    mutating func removeBudgets(fullBefore end: Instant, limit: Int) throws(Failure) -> Int

    /// Acts and refusals; the database keeps what is younger than thirty days, whatever it is asked.
    mutating func removeAuditRows(before end: Instant, limit: Int) throws(Failure) -> Int

    mutating func removeNetworks(unusedSince end: Instant, limit: Int) throws(Failure) -> Int

    /// Those that were delivered; and those that were given up, or were never tried because no mail is sent here.
    mutating func removeMails(
        deliveredBefore delivered: Instant, givenUpBefore abandoned: Instant, limit: Int
    ) throws(Failure) -> Int

    mutating func removeTokens(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int

    /// With their passwords.
    mutating func removeRegistrations(expiredBefore end: Instant, limit: Int) throws(Failure) -> Int

    /// Those that were deleted first come first.
    mutating func users(deletedBefore end: Instant, limit: Int) throws(Failure) -> [User]

    /// The same for those who had not proved their address.
    mutating func unprovedUsers(deletedBefore end: Instant, limit: Int) throws(Failure) -> [User]
}

package typealias JanitorStore = JanitorDesk & Users.EraserStore
