package import Crypto
package import Domain

/// Everything here goes through the routines of `sql/functions.sql`: the application's account has no right to the rows.
extension Store: PasswordStore {
    package mutating func candidate(
        for identifier: SignInIdentifier, from network: Digest
    ) throws(Failure) -> SignInCandidate {
        // Nobody has an empty address or name.
        let (email, username) =
            switch identifier {
            case .email(let email): (email.key, "")
            case .username(let username): ("", username.text)
            case .unknown: ("", "")
            }
        return try candidate(
            where: """
                COALESCE((SELECT id FROM users WHERE email_key = \(email)),
                    (SELECT id FROM users WHERE username = \(username)))
                """, network)
    }

    package mutating func candidate(withID id: UserID, from network: Digest) throws(Failure) -> SignInCandidate {
        try candidate(where: "\(id)", network)
    }

    package mutating func password(of id: UserID?, matches digest: Digest) throws(Failure) -> Bool {
        var row = try read("SELECT password_matches(\(id ?? .nobody), \(digest))").first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func createPassword(_ password: PasswordDigest, of id: UserID) throws(Failure) -> Bool {
        var row = try write(
            """
            SELECT password_create(\(id), \(password.parameters.cost.iterations), \(password.parameters.cost.memory),
                \(password.parameters.salt), \(password.parameters.pepperID), \(password.digest))
            """
        ).rows.first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func replacePassword(
        of id: UserID, current: Digest, with new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool {
        var row = try write(
            """
            SELECT password_replace(\(id), \(current), \(new.parameters.cost.iterations),
                \(new.parameters.cost.memory), \(new.parameters.salt), \(new.parameters.pepperID), \(new.digest), \(now))
            """
        ).rows.first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func resetPassword(
        by token: OneTimeToken, to new: PasswordDigest, at now: Instant
    ) throws(Failure) -> Bool {
        var row = try write(
            """
            SELECT password_reset(\(token.digest), \(token.subject), \(new.parameters.cost.iterations),
                \(new.parameters.cost.memory), \(new.parameters.salt), \(new.parameters.pepperID), \(new.digest), \(now))
            """
        ).rows.first
        return try row?.next(Bool.self) ?? false
    }

    package mutating func dropPassword(of id: UserID) throws(Failure) {
        _ = try write("SELECT password_drop(\(id))")
    }

    /// One row in any case: the outer join and the decoy make nobody look like somebody.
    private mutating func candidate(where id: SQL, _ network: Digest) throws(Failure) -> SignInCandidate {
        let rows = try read(
            """
            SELECT \(columns: User.self), password_parameters(COALESCE(users.id, \(UserID.nobody))),
                known_networks.signed_in_at, (SELECT COUNT(*) FROM sessions WHERE user_id = users.id)
            FROM (SELECT 1 AS one) AS one LEFT JOIN users ON users.id = \(fragment: id)
                LEFT JOIN known_networks ON known_networks.user_id = COALESCE(users.id, \(UserID.nobody))
                    AND known_networks.network = \(network)
            """)
        guard var row = rows.first else { throw .defect("an outer join without a row") }
        if row.isNull { return SignInCandidate(user: nil, parameters: nil) }
        let user = try User(&row)
        let packed = try row.optional(String.self)
        return SignInCandidate(
            user: user, parameters: try packed.map(PasswordParameters.init(packed:)), networkSeenAt: try row.optional(),
            sessions: try row.next())
    }
}

extension PasswordParameters {
    /// Reads `iterations:memory:pepper:salt`, the form of `password_parameters` in `sql/functions.sql`.
    init(packed: String) throws(Failure) {
        let fields = packed.split(separator: ":").map(String.init)
        guard fields.count == 4, let iterations = Int(fields[0]), let memory = Int(fields[1]),
            let pepper = Keyring.KeyID(fields[2]), let salt = Hex.decode(fields[3]), salt.count == 16
        else { throw .defect("the parameters of a password are not readable") }
        self.init(cost: HashingCost(iterations: iterations, memory: memory), salt: salt, pepperID: pepper)
    }
}
