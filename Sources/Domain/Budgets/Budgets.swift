package import Crypto

/// Too often. The answer says when to come back; nothing waits inside.
package struct RateLimited: Refusal {
    package let retryAfter: Duration?
    package var code: String { "rate_limited" }
    package var kind: RefusalKind { .limited }
}

/// Limits how often something is tried (security B1, B3–B5; decisions 32).
///
/// A try of a password takes two steps. `admit` looks whether every bucket has something to give, before anything
/// expensive happens. `spend` takes it, in the transaction that writes down what came of the try: nobody is told an
/// outcome that was not counted, and of tries at once only as many are told as the buckets had.
package struct Budgets: Sendable {
    package typealias SpendingStore = AuditLog & BudgetStore & ~Copyable

    package let limits: Limits
    let clock: any Clock
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

    /// Refuses when one of the buckets has nothing to give. Takes nothing.
    func admit<Store: SpendingStore>(
        _ spendings: [Spending], from origin: Origin, in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        let now = clock.now()
        let arrivals = try store.arrivals(of: spendings.map(\.bucket))
        var longest: (wait: Duration, spending: Spending)?
        for spending in spendings {
            guard let arrival = arrivals[spending.bucket], let wait = spending.budget.wait(until: arrival, at: now)
            else { continue }
            // Spending takes nothing from it, but brings it back to what is possible.
            if spending.budget.isBeyond(arrival, at: now) { _ = try store.spend([spending], at: now) }
            if wait > longest?.wait ?? .zero { longest = (wait, spending) }
        }
        guard let longest else { return }
        let event = AuditEvent(.limited, by: .anonymous, from: origin, at: now)
        try store.recordRefusal(bucket: longest.spending.bucket, event)
        throw .refused(RateLimited(retryAfter: longest.wait))
    }

    /// Takes one from each bucket; refuses when others were faster. What is open in the store is to be undone then.
    func spend<Store: BudgetStore & ~Copyable>(
        _ spendings: [Spending], in store: inout Store
    ) throws(Failure) where Store: ~Copyable {
        if let wait = try store.spend(spendings, at: clock.now()) { throw .refused(RateLimited(retryAfter: wait)) }
    }
}
