package import Crypto

/// A browser that has signed in to an account. It counts for limits only and proves nothing (decisions 32).
package struct Device: Sendable, Equatable {
    package let id: DeviceID
    package let userID: UserID
    /// Of the password that it signed in with: a change of the password makes it a stranger.
    package let passwordChangedAt: Instant?

    package init(id: DeviceID, userID: UserID, passwordChangedAt: Instant?) {
        self.id = id
        self.userID = userID
        self.passwordChangedAt = passwordChangedAt
    }

    /// The browser in which somebody has just proved who he is; it keeps the name that it has had with this user.
    package init(of user: User, before: Device?, at now: Instant) {
        let known = before?.userID == user.id ? before?.id : nil
        self.init(id: known ?? DeviceID(at: now), userID: user.id, passwordChangedAt: user.passwordChangedAt)
    }
}

/// How well an account knows where a try of its password comes from.
enum Acquaintance: Equatable {
    case stranger
    /// Somebody signed in from this network a while ago.
    case network
    case device(DeviceID)

    /// How long a network is remembered.
    static let memory = Duration.days(30)
}

extension SignInCandidate {
    func acquaintance(from origin: Origin, at now: Instant) -> Acquaintance {
        guard let user else { return .stranger }
        if let device = origin.device, device.userID == user.id, device.passwordChangedAt == user.passwordChangedAt {
            return .device(device.id)
        }
        return knowsNetwork(since: now - Acquaintance.memory) ? .network : .stranger
    }

    /// Whether somebody signed in from the network since then, with the password that the account has now.
    func knowsNetwork(since limit: Instant) -> Bool {
        guard let networkSeenAt else { return false }
        return networkSeenAt >= limit && networkSeenAt >= user?.passwordChangedAt ?? networkSeenAt
    }
}

/// The networks from which people signed in to their accounts.
package protocol NetworkStore: ~Copyable {
    mutating func noteNetwork(_ network: Digest, of user: UserID, at now: Instant) throws(Failure)
    /// Forgets the networks from which the user has not signed in since then.
    mutating func forgetNetworks(of user: UserID, before limit: Instant) throws(Failure)
}
