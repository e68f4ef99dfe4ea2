internal import Crypto

/// Removes what has expired, and erases whose time to come back is over (security G6).
///
/// It works in rounds of small batches. Each batch is a transaction of its own that reads no more than it removes, through
/// an index, so nobody waits for it, and wherever it is killed it goes on from there.
package struct Janitor: Sendable {
    private let clock: any Clock
    private let users: Users
    private let ledger: any ErasureLedger
    private let terms: JanitorTerms
    private let batch: Int
    private let tolerance: Duration

    /// Where the walk over the sessions has come to.
    private var walked: Digest?
    /// When erasing is tried again after it did not work: each try is a line in the ledger.
    private var nextErasure: Instant?

    /// - Parameters:
    ///   - batch: the most rows of one statement.
    ///   - tolerance: how far the clock may be from the database's.
    package init(
        clock: any Clock, users: Users, ledger: any ErasureLedger, terms: JanitorTerms, batch: Int = Janitor.batch,
        tolerance: Duration = Office.tolerance
    ) {
        self.clock = clock
        self.users = users
        self.ledger = ledger
        self.terms = terms
        self.batch = batch
        self.tolerance = tolerance
    }

    package static let batch = 500
    /// People are erased one by one, each with a line of the ledger.
    private static let erasures = 50
    private static let pauseAfterTrouble = Duration.minutes(10)

    /// What one round came to.
    package struct Round: Sendable {
        package var removed: [Chore: Int] = [:]
        /// What did not work; the others were done.
        package var problems: [(chore: Chore, failure: Failure)] = []
        /// Whether a batch was full, so that there is more to do.
        package var hasMore = false
        /// How far the clock is ahead of the database's when that is too far: then nothing is removed.
        package var clockError: Duration?

        package var isEmpty: Bool { removed.isEmpty && problems.isEmpty && clockError == nil }
    }

    /// One batch of everything. Somebody else may be the janitor: then nothing happens.
    package mutating func round<Store: JanitorStore>(
        in store: inout Store
    ) throws(Failure) -> Round where Store: ~Copyable {
        var round = Round()
        for chore in Chore.allCases {
            // Asked each time: a lost connection has lost it.
            let now: Instant
            switch try store.turn(at: .janitor, by: clock, within: tolerance) {
            case .ours(let time): now = time
            case .others: return round
            case .clockIsWrong(let error):
                round.clockError = error
                return round
            }
            do throws(Failure) {
                let (removed, isFull) = try perform(chore, at: now, in: &store)
                if removed > 0 { round.removed[chore] = removed }
                if isFull { round.hasMore = true }
            } catch {
                // Without a database nothing else would work either.
                guard !error.isOutage else { throw error }
                round.problems.append((chore, error))
            }
        }
        return round
    }

    private mutating func perform<Store: JanitorStore>(
        _ chore: Chore, at now: Instant, in store: inout Store
    ) throws(Failure) -> (removed: Int, isFull: Bool) where Store: ~Copyable {
        let expired = now - JanitorTerms.margin
        let removed: Int
        switch chore {
        case .sessions:
            let ended = try store.removeSessions(expiredBefore: expired, limit: batch)
            let walk = try store.removeIdleSessions(after: walked, idleBefore: expired, limit: batch)
            walked = walk.end
            return (ended + walk.removed, ended >= batch)
        case .budgets: removed = try store.removeBudgets(fullBefore: expired, limit: batch)
        case .audit: removed = try store.removeAuditRows(before: now - terms.auditRetention, limit: batch)
        case .networks: removed = try store.removeNetworks(unusedSince: now - terms.networks, limit: batch)
        case .mails:
            removed = try store.removeMails(
                deliveredBefore: now - terms.deliveredMails, givenUpBefore: now - terms.abandonedMails, limit: batch)
        case .tokens: removed = try store.removeTokens(expiredBefore: now - terms.tokens, limit: batch)
        case .registrations:
            removed = try store.removeRegistrations(expiredBefore: expired, limit: batch)
        case .users: return try eraseUsers(at: now, in: &store)
        }
        return (removed, removed >= batch)
    }

    private mutating func eraseUsers<Store: JanitorStore>(
        at now: Instant, in store: inout Store
    ) throws(Failure) -> (removed: Int, isFull: Bool) where Store: ~Copyable {
        if let nextErasure, now < nextErasure { return (0, false) }
        let limit = min(batch, Self.erasures)
        let due = try store.users(deletedBefore: now - terms.grace, limit: limit)
        // The grace would keep an address from its owner who never said yes to the account.
        let unproved = try store.unprovedUsers(deletedBefore: now, limit: limit)
        let origin = Origin(address: .local, userAgent: "authfcgi janitor", requestID: RequestID(at: now))
        var erased = 0
        for user in due + unproved {
            do throws(Failure) {
                let isGone = try users.erase(
                    user, because: .deleted, by: .janitor, from: origin, noting: ledger, in: &store)
                if isGone { erased += 1 }
            } catch {
                if !error.isOutage { nextErasure = now + Self.pauseAfterTrouble }
                throw error
            }
        }
        return (erased, max(due.count, unproved.count) >= limit)
    }
}
