package import Crypto

/// What is limited, and how often each may be done.
package struct Limits: Sendable, Equatable {
    /// Three counters of one act.
    package struct Act: Sendable, Equatable {
        /// From one address, whoever is meant.
        package var address: Budget
        /// From one address at one account.
        package var pair: Budget
        /// At one account, from anywhere.
        package var account: Budget

        package init(address: Budget, pair: Budget, account: Budget) {
            self.address = address
            self.pair = pair
            self.account = account
        }
    }

    /// Every act that tries a password: signing in, and confirming with the current password.
    package var signIn: Act
    package var register: Act
    /// Changing one's username; a released name is gone for good.
    package var rename: Budget

    package init(signIn: Act, register: Act, rename: Budget) {
        self.signIn = signIn
        self.register = register
        self.rename = rename
    }

    package subscript(act: LimitedAct) -> Act {
        switch act {
        case .signIn: signIn
        case .register: register
        }
    }

    package static let standard = Limits(
        signIn: Act(
            address: Budget(burst: 30, every: .seconds(10)), pair: Budget(burst: 5, every: .seconds(60)),
            account: Budget(burst: 10, every: .minutes(15))),
        register: Act(
            address: Budget(burst: 10, every: .minutes(6)), pair: Budget(burst: 5, every: .minutes(10)),
            account: Budget(burst: 10, every: .minutes(10))),
        rename: Budget(burst: 3, every: .days(7)))
}

/// An act that has three counters.
package enum LimitedAct: String, Sendable {
    case signIn = "sign-in"
    case register
}

/// Too often. The answer says when to come back; nothing waits inside.
package struct RateLimited: Refusal {
    package let retryAfter: Duration?
    package var code: String { "rate_limited" }
    package var kind: RefusalKind { .limited }
}

/// Counts acts before they cost anything (security B1, B3–B5; decisions 32).
package struct Budgets: Sendable {
    package typealias SpendingStore = AuditLog & BudgetStore & Transactional & ~Copyable

    package let limits: Limits
    private let clock: any Clock
    private let key: Secret

    package init(limits: Limits, clock: any Clock, keyring: Keyring) {
        self.limits = limits
        self.clock = clock
        key = keyring.active(.lookup)
    }

    /// A name that tells nobody what it stands for.
    package func name(_ scope: String, _ parts: [UInt8]...) -> Digest {
        var message = Array(scope.utf8)
        for part in parts {
            // The length keeps two different lists of parts from having one encoding.
            message += [0, UInt8(truncatingIfNeeded: part.count >> 8), UInt8(truncatingIfNeeded: part.count)] + part
        }
        return MAC.hmacSHA256(of: message, key: key)
    }

    /// The address's share of an act, and its share at one account, before anything is looked up.
    package func spendForAddress<Store: SpendingStore>(
        _ act: LimitedAct, at account: String, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let network = origin.address.budgetKey
        let share = limits[act]
        try spend(
            [
                Spending(bucket: name("\(act.rawValue)/address", network), budget: share.address),
                Spending(bucket: name("\(act.rawValue)/pair", network, Array(account.utf8)), budget: share.pair),
            ], from: origin, in: &store)
    }

    /// The account's own share of an act. Charged only after the address had its share, so that one address alone
    /// cannot use up what the owner needs.
    package func spendForAccount<Store: SpendingStore>(
        _ act: LimitedAct, at account: [UInt8], from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let bucket = name("\(act.rawValue)/account", account)
        try spend([Spending(bucket: bucket, budget: limits[act].account)], from: origin, in: &store)
    }

    package func spendForRename<Store: SpendingStore>(
        of user: UserID, from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        try spend(
            [Spending(bucket: name("rename", user.bytes), budget: limits.rename)], from: origin, in: &store)
    }

    private func spend<Store: SpendingStore>(
        _ spendings: [Spending], from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        guard let wait = try store.spend(spendings, at: now) else { return }
        if let first = spendings.first {
            let event = AuditEvent(.limited, by: .anonymous, from: origin, at: now)
            try store.recordRefusal(bucket: first.bucket, event)
        }
        throw .refused(RateLimited(retryAfter: wait))
    }
}
