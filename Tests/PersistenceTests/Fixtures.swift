import Crypto
import Domain
import Persistence
import Support

extension User {
    /// Somebody called `name`, made at the time of the tests.
    static func named(_ name: String, email: String? = nil, username: String? = nil) -> User {
        let address = email ?? "\(name)@example.org"
        return User(
            id: UserID(at: .test), email: EmailAddress(storedText: address, key: address),
            username: username.map(Username.init(stored:)), name: name, erasureSalt: Random.bytes(16),
            createdAt: .test, updatedAt: .test)
    }
}

extension Session {
    /// A session of the user whose digest consists of one byte.
    static func of(_ user: User, _ byte: UInt8) -> Session {
        Session(
            id: SessionID(at: .test), digest: .filled(byte), userID: user.id, carrier: .cookie, isRemembered: false,
            methods: ["pwd"], authenticatedAt: .test, createdAt: .test, lastUsedAt: .test,
            idleUntil: .test + .days(1), expiresAt: .test + .days(2), address: .local, userAgent: nil)
    }
}

extension PasswordDigest {
    /// A stored password whose digest consists of one byte.
    static func filled(_ byte: UInt8) -> PasswordDigest {
        PasswordDigest(
            parameters: PasswordParameters(
                cost: HashingCost(iterations: 3, memory: 4096), salt: [UInt8](repeating: byte, count: 16), pepperID: 2),
            digest: .filled(byte))
    }
}

extension Digest {
    static func filled(_ byte: UInt8) -> Digest {
        guard let digest = Digest([UInt8](repeating: byte, count: 32)) else { preconditionFailure("32 bytes") }
        return digest
    }
}

extension Origin {
    static let visitor = Origin(
        address: .local, userAgent: "Canary/1.0", requestID: RequestID(trusted: [UInt8](repeating: 7, count: 16)))
}

/// What a failure is about, for expectations.
func code(of body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch Failure.fault(let fault) {
        if case .unavailable(let code, _) = fault.kind { return code }
        return "defect"
    } catch {
        return "\(error)"
    }
}
