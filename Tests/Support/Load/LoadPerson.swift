/// Somebody with an account whom one thread of the load plays.
package struct LoadPerson: Sendable {
    package let email: String
    package let username: String
    package internal(set) var user: String
    /// The display name that was acknowledged last.
    package internal(set) var name: String
    package internal(set) var password: String
    /// A password whose change was not acknowledged: nobody knows which of the two is right.
    package internal(set) var doubtfulPassword: String?
    /// `name=value` of the newest session's cookie.
    package internal(set) var cookie: String
    package internal(set) var session: String
}

/// How often each kind of request is sent, in shares of any sum.
package struct LoadMix: Sendable {
    package var shares: [(kind: LoadKind, share: Double)]

    package init(_ shares: KeyValuePairs<LoadKind, Double>) {
        self.shares = shares.map { ($0.key, $0.value) }
    }

    /// Of a hundred: 90 checks, 5 pages, 4 sign-ins, 1 that makes an account or changes its password.
    package static let standard = LoadMix([
        .check: 90, .profile: 3, .rename: 2, .signIn: 4, .registration: 0.7, .passwordChange: 0.3,
    ])
    /// Mostly changes, for faults of what stores them.
    package static let writing = LoadMix([
        .check: 20, .profile: 10, .rename: 20, .signIn: 20, .registration: 20, .passwordChange: 10,
    ])
    package static let checks = LoadMix([.check: 1])

    func pick(_ generator: inout SeededGenerator) -> LoadKind {
        var point = Double.random(in: 0..<shares.map(\.share).reduce(0, +), using: &generator)
        for (kind, share) in shares {
            point -= share
            if point < 0 { return kind }
        }
        return shares[0].kind
    }
}

/// What a load client sends, and how fast.
package struct LoadPlan: Sendable {
    /// Threads, each with one connection, an address of its own and people of its own.
    package var connections: Int
    /// Requests a second of all connections together; nil for as many as are answered.
    package var rate: Double?
    package var mix: LoadMix
    package var peoplePerConnection = 2
    /// How long an answer is waited for: longer than nginx waits for the service.
    package var patience = Duration.seconds(12)
    package var seed: UInt64 = 1

    package init(connections: Int = 8, rate: Double? = 100, mix: LoadMix = .standard) {
        self.connections = connections
        self.rate = rate
        self.mix = mix
    }
}
