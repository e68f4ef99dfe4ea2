import Crypto

/// Signing in and out, and who is calling.
package struct Sessions: Sendable {
    let clock: any Clock
    let passwords: Passwords
    let budgets: Budgets
    package let terms: SessionTerms
    /// Whether nobody signs in before his address is proved.
    package let requiresVerified: Bool
    /// Whether mail leaves at all: else no code could come.
    let sendsMail: Bool

    package init(
        clock: any Clock, passwords: Passwords, budgets: Budgets, terms: SessionTerms, requiresVerified: Bool = false,
        sendsMail: Bool = true
    ) {
        self.clock = clock
        self.passwords = passwords
        self.budgets = budgets
        self.terms = terms
        self.requiresVerified = requiresVerified
        self.sendsMail = sendsMail
    }

    /// The caller a token stands for; nil when it stands for nobody any more, or came by another carrier than it
    /// was issued for. One statement; once a minute the use is noted as well.
    package func caller<Store: SessionStore & ~Copyable>(
        with token: SessionToken, by carrier: Carrier, in store: inout Store
    ) throws(Failure) -> Caller? where Store: ~Copyable {
        let digest = token.digest
        guard let found = try store.session(withDigest: digest), found.user.isActive,
            accepts(found.session.use, of: digest, by: carrier, in: &store)
        else { return nil }
        return Caller(user: found.user, session: found.session)
    }

    /// The same for the check.
    package func identity<Store: SessionStore & ~Copyable>(
        with token: SessionToken, by carrier: Carrier, in store: inout Store
    ) throws(Failure) -> Identity? where Store: ~Copyable {
        let digest = token.digest
        guard let found = try store.identity(withDigest: digest), found.isActive,
            accepts(found.use, of: digest, by: carrier, in: &store)
        else { return nil }
        return found
    }

    /// Looks up together what `identity(with:by:in:)` is about to be asked for one by one, in one statement.
    package func prefetchIdentities<Store: SessionStore & ~Copyable>(
        with tokens: [SessionToken], in store: inout Store
    ) where Store: ~Copyable {
        store.prefetchIdentities(withDigests: tokens.map(\.digest))
    }

    /// Whether a session may be used now and so; that it was is noted.
    private func accepts<Store: SessionStore & ~Copyable>(
        _ use: SessionUse, of digest: Digest, by carrier: Carrier, in store: inout Store
    ) -> Bool where Store: ~Copyable {
        let now = clock.now()
        guard use.carrier == carrier, use.isLive(at: now) else { return false }
        if now - use.lastUsedAt >= terms.useInterval(remembered: use.isRemembered) {
            let end = terms.idleEnd(remembered: use.isRemembered, usedAt: now)
            store.noteUse(of: digest, at: now, idleUntil: end)
        }
        return true
    }
}
