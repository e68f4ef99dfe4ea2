package import Crypto
package import Domain

extension Store: RegistrationStore {
    package mutating func insert(_ registration: Registration, _ password: PasswordDigest) throws(Failure) {
        _ = try write(
            """
            INSERT INTO registrations (id, email, email_key, username, name, browser_hash, erasure_salt, created_at,
                expires_at)
            VALUES (\(registration.id), \(registration.email.text), \(registration.email.key),
                \(registration.username?.text), \(registration.name), \(registration.browser),
                \(registration.erasureSalt), \(registration.createdAt), \(registration.expiresAt))
            """)
        let cost = password.parameters.cost
        var row = try write(
            """
            SELECT registration_password_create(\(registration.id), \(cost.iterations), \(cost.memory),
                \(password.parameters.salt), \(password.parameters.pepperID), \(password.digest))
            """
        ).rows.first
        guard try row?.next(Bool.self) == true else {
            throw .defect("the password of a new registration was not accepted by the database")
        }
    }

    package mutating func registration(withID id: UserID) throws(Failure) -> Registration? {
        try first("SELECT \(columns: Registration.self) FROM registrations WHERE id = \(id)")
    }

    package mutating func registration(
        for email: EmailAddress, preferring browser: Digest?, at now: Instant
    ) throws(Failure) -> Registration? {
        try first(
            """
            SELECT \(columns: Registration.self) FROM registrations
            WHERE email_key = \(email.key) AND expires_at > \(now)
            ORDER BY browser_hash <=> \(browser) DESC, id DESC LIMIT 1
            """)
    }

    package mutating func passwordParameters(
        ofRegistration id: UserID
    ) throws(Failure) -> PasswordParameters? {
        var row = try read("SELECT password_parameters(\(id))").first
        return try row?.optional(String.self).map { text throws(Failure) in try PasswordParameters(packed: text) }
    }

    package mutating func deleteRegistrations(
        for email: EmailAddress, keepingPasswordOf kept: UserID?
    ) throws(Failure) {
        // What is deleted says itself which passwords go with it: another registration may have come meanwhile.
        let deleted = try write("DELETE FROM registrations WHERE email_key = \(email.key) RETURNING id").rows
        for var row in deleted {
            let id: UserID = try row.next()
            if id != kept { _ = try write("SELECT password_drop(\(id))") }
        }
    }
}

extension Registration: Record {
    static let columns: StaticString =
        "id, email, email_key, username, name, browser_hash, erasure_salt, created_at, expires_at"

    init(_ row: inout Row) throws(Failure) {
        self.init(
            id: try row.next(), email: EmailAddress(storedText: try row.next(), key: try row.next()),
            username: try row.optional(String.self).map(Username.init(stored:)), name: try row.optional(),
            browser: try row.next(), erasureSalt: try row.next(), createdAt: try row.next(), expiresAt: try row.next())
    }
}
