internal import CSystem
internal import Crypto
internal import Domain

/// Who may use a pool's socket: these users of the machine, and of them those who know the pool's secret (security F3, F7).
struct Peers: Sendable {
    private let users: Set<UInt32>
    private let secret: Secret

    init(users: Set<UInt32>, secret: Secret) {
        self.users = users
        self.secret = secret
    }

    /// Reads names or numbers of users.
    init(named users: [String], secret: Secret) throws(Failure) {
        var numbers: Set<UInt32> = []
        for name in users {
            guard let number = Self.user(name) else {
                throw .system("processes.allowed_users: there is no user \(name)")
            }
            numbers.insert(number)
        }
        self.init(users: numbers, secret: secret)
    }

    /// A user's number by name or number; nil when there is none.
    static func user(_ name: String) -> UInt32? {
        UInt32(name) ?? UInt32(exactly: system_user(name))
    }

    func admits(connection: Int32) -> Bool {
        var user: UInt32 = 0
        return system_peer_user(connection, &user) == 0 && users.contains(user)
    }

    /// Compares in constant time.
    func admits(secret offered: [UInt8]?) -> Bool {
        guard let offered, !secret.isEmpty else { return false }
        return secret.equals(offered)
    }
}
