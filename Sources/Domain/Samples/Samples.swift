import Crypto

/// Made-up accounts, to measure with: active users with verified addresses, each with one live session.
package struct Samples: Sendable {
    package typealias Store = SampleStore & Transactional & ~Copyable

    /// How many accounts one transaction inserts.
    package static let batch = 500

    private let clock: any Clock
    private let terms: SessionTerms
    /// In every name, so that a second set does not meet the first.
    private let mark = Hex.encode(Random.bytes(4))

    package init(clock: any Clock, terms: SessionTerms) {
        self.clock = clock
        self.terms = terms
    }

    /// Inserts so many accounts, all with the same password when one is given.
    ///
    /// `written` gets each batch after it is committed, with the number of accounts so far.
    package func insert<Target: Store, Problem: Error>(
        _ count: Int, password: PasswordDigest?, in store: inout Target,
        written: (_ batch: [SampleAccount], _ total: Int) throws(Problem) -> Void
    ) throws(SampleProblem<Problem>) where Target: ~Copyable {
        var total = 0
        while total < count {
            let numbers = total..<min(total + Samples.batch, count)
            let batch = numbers.map { account($0, of: count) }
            do throws(Failure) {
                try store.atomically { tx throws(Failure) in try tx.insert(batch, password: password) }
            } catch {
                throw .store(error)
            }
            total = numbers.upperBound
            do throws(Problem) { try written(batch, total) } catch { throw .receiver(error) }
        }
    }

    /// Users were made evenly over the last year. Sessions were last used evenly over the last interval of noting uses,
    /// as those of a busy site are: the notes that become due do not come all at once.
    private func account(_ number: Int, of count: Int) -> SampleAccount {
        let now = clock.now()
        let name = "sample-\(mark)-\(number)"
        let created = now - .seconds(31_536_000 * (count - number) / count)
        let email = "\(name)@example.com"
        let user = User(
            id: UserID(at: created), email: EmailAddress(storedText: email, key: email), emailVerifiedAt: created,
            username: Username(stored: name), name: "Sample \(number)", erasureSalt: Random.bytes(16),
            createdAt: created, updatedAt: created, passwordChangedAt: created, lastSignInAt: now)
        let interval = Int(terms.useInterval(remembered: false).microseconds)
        let used = now - .microseconds(Int.random(in: 0..<max(interval, 1)))
        let token = SessionToken.random()
        let session = Session(
            id: SessionID(at: used), digest: token.digest, userID: user.id, carrier: .cookie, isRemembered: false,
            methods: ["pwd"], authenticatedAt: used, createdAt: used, lastUsedAt: used,
            idleUntil: terms.idleEnd(remembered: false, usedAt: used), expiresAt: used + terms.lifetime,
            address: address(number), userAgent: Samples.browser)
        return SampleAccount(user: user, session: session, token: token)
    }

    /// Of the network for measurements (RFC 2544): 198.18.0.0/15.
    private func address(_ number: Int) -> NetworkAddress {
        let host = number % (1 << 17)
        let bytes = [198, UInt8(18 + host >> 16), UInt8(host >> 8 & 0xFF), UInt8(host & 0xFF)]
        return NetworkAddress(bytes: bytes) ?? .local
    }

    private static let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
}

/// One made-up account with the secret of its session.
package struct SampleAccount: Sendable {
    package let user: User
    package let session: Session
    package let token: SessionToken
}

/// What ended the making of accounts: the database, or whoever got them.
package enum SampleProblem<Problem: Error>: Error {
    case store(Failure)
    case receiver(Problem)
}

/// Where made-up accounts go; the application's account has no right to do this.
package protocol SampleStore: ~Copyable {
    /// Whether there is no user at all.
    mutating func hasNoUsers() throws(Failure) -> Bool

    /// Inserts users, names, passwords and sessions; call it inside of a transaction.
    mutating func insert(_ accounts: [SampleAccount], password: PasswordDigest?) throws(Failure)
}
