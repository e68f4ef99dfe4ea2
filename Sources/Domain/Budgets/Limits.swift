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
    /// The same from a browser that has signed in to the account: this one counter in the place of the three.
    package var device: Budget
    /// The same from a network that has signed in to the account: in the place of the account's.
    package var network: Budget
    package var register: Act
    /// Changing one's username; a released name is gone for good.
    package var rename: Budget
    /// Changing one's password; nil for as often as one likes.
    package var passwordChange: Budget?
    /// Mails to one address that somebody asked for without being signed in to its account, for each act: within any hour
    /// five at most (security E8).
    package var mailAddress: Budget
    /// The same from one client.
    package var mailClient: Budget

    package init(
        signIn: Act, device: Budget, network: Budget, register: Act, rename: Budget, mailAddress: Budget,
        mailClient: Budget, passwordChange: Budget? = nil
    ) {
        self.signIn = signIn
        self.device = device
        self.network = network
        self.register = register
        self.rename = rename
        self.mailAddress = mailAddress
        self.mailClient = mailClient
        self.passwordChange = passwordChange
    }

    package static let standard = Limits(
        signIn: Act(
            address: Budget(burst: 30, every: .seconds(10)), pair: Budget(burst: 5, every: .seconds(60)),
            account: Budget(burst: 10, every: .minutes(15))),
        device: Budget(burst: 10, every: .minutes(5)), network: Budget(burst: 10, every: .minutes(15)),
        register: Act(
            address: Budget(burst: 10, every: .minutes(6)), pair: Budget(burst: 5, every: .minutes(10)),
            account: Budget(burst: 10, every: .minutes(10))),
        rename: Budget(burst: 3, every: .days(7)), mailAddress: Budget(burst: 3, every: .minutes(30)),
        mailClient: Budget(burst: 20, every: .minutes(3)))
}
