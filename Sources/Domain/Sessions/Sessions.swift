/// Signing in and out, and who is calling.
package struct Sessions: Sendable {
    let clock: any Clock
    let passwords: Passwords
    let budgets: Budgets
    let terms: SessionTerms

    package init(clock: any Clock, passwords: Passwords, budgets: Budgets, terms: SessionTerms) {
        self.clock = clock
        self.passwords = passwords
        self.budgets = budgets
        self.terms = terms
    }

    /// The caller a token stands for; nil when it stands for nobody any more, or came by another carrier than it
    /// was issued for. One statement; once a minute a second one notes the use, and when the database takes no note just
    /// now, the next use tries again: nobody loses a page by that.
    package func caller<Store: SessionStore & ~Copyable>(
        with token: SessionToken, by carrier: Carrier, in store: inout Store
    ) throws(Failure) -> Caller? where Store: ~Copyable {
        let digest = token.digest
        guard let found = try store.session(withDigest: digest) else { return nil }
        let now = clock.now()
        guard found.session.carrier == carrier, found.session.isLive(at: now), found.user.isActive else { return nil }
        if now - found.session.lastUsedAt >= terms.useInterval(remembered: found.session.isRemembered) {
            let end = terms.idleEnd(remembered: found.session.isRemembered, usedAt: now)
            do throws(Failure) {
                try store.noteUse(of: digest, at: now, idleUntil: end)
            } catch {
                guard error.isOutage else { throw error }
            }
        }
        return Caller(user: found.user, session: found.session)
    }
}
