internal import Crypto

extension Budgets {
    /// What trying a password is counted by. Every name of an account leads to its own counters; `key` stands for a name
    /// that nobody has, whatever its spelling.
    ///
    /// A known device has a bucket of its own and needs no other, so that nobody's guesses lock the owner out.
    func spendings(
        forPasswordOf candidate: SignInCandidate, named key: String, from origin: Origin
    ) -> [Spending] {
        let share = limits.signIn
        let address = origin.address.budgetKey
        let account = candidate.user?.id.bytes ?? Array(key.utf8)
        let inner: Spending
        switch candidate.acquaintance(from: origin, at: clock.now()) {
        case .device(let id):
            return [Spending(bucket: name("sign-in/device", account, id.bytes), budget: limits.device)]
        case .network:
            let network = origin.address.network
            inner = Spending(bucket: name("sign-in/network", account, network), budget: limits.network)
        case .stranger:
            inner = Spending(bucket: name("sign-in/account", account), budget: share.account)
        }
        return [
            Spending(bucket: name("sign-in/address", address), budget: share.address),
            Spending(bucket: name("sign-in/pair", address, account), budget: share.pair), inner,
        ]
    }

    /// What a registration is counted by.
    func spendings(forRegistrationOf account: String, from origin: Origin) -> [Spending] {
        let share = limits.register
        let (address, account) = (origin.address.budgetKey, Array(account.utf8))
        return [
            Spending(bucket: name("register/address", address), budget: share.address),
            Spending(bucket: name("register/pair", address, account), budget: share.pair),
            Spending(bucket: name("register/account", account), budget: share.account),
        ]
    }

    /// What asking for a mail is counted by, whoever the address belongs to. Each act has its own: else a stranger who
    /// asks for new passwords keeps the owner of the address from registering.
    func spendings(
        forMailTo email: EmailAddress, asking act: MailedAct = .proof, from origin: Origin
    ) -> [Spending] {
        [
            Spending(bucket: name("mail/\(act.rawValue)", Array(email.key.utf8)), budget: limits.mailAddress),
            Spending(bucket: name("mail/client", origin.address.budgetKey), budget: limits.mailClient),
        ]
    }

    /// What asking for a code is counted by, which only its user can.
    func spendings(forCodeTo user: UserID, from origin: Origin) -> [Spending] {
        [
            Spending(bucket: name("mail/code", user.bytes), budget: limits.mailAddress),
            Spending(bucket: name("mail/client", origin.address.budgetKey), budget: limits.mailClient),
        ]
    }

    func spendings(forPasswordChangeOf user: UserID) -> [Spending] {
        guard let budget = limits.passwordChange else { return [] }
        return [Spending(bucket: name("password-change", user.bytes), budget: budget)]
    }

    func spendings(forRenameOf user: UserID) -> [Spending] {
        [Spending(bucket: name("rename", user.bytes), budget: limits.rename)]
    }

    /// The network that an origin belongs to, as it is noted with an account.
    func networkName(of origin: Origin) -> Digest {
        name("network", origin.address.network)
    }
}

/// What strangers can have mailed to an address.
enum MailedAct: String {
    /// A link that proves it.
    case proof
    /// A link that sets a new password.
    case recovery
}
