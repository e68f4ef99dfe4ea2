import Crypto
import Persistence
import Support

@testable import Domain

/// Somebody honest with two mailboxes, which nobody else reads. He takes every link that comes for his own, as people do.
struct Owner: Sendable {
    enum Act: String, CaseIterable {
        case registers, resends, forgets, asksForIntruder
        case followsInBrowser, followsWithPassword, followsWithNewPassword, resets
        case signsIn, changesPassword, beginsMove, confirmsMove, undoes, disowns
    }

    /// How an account became his.
    enum Proof: String, CaseIterable {
        case browser, password, newPassword, reset, move, undo
    }

    /// An account that he began, or that is his because he read the mail.
    struct Account: Sendable {
        let id: UserID
        var address: String
        /// The one that he set last; nil when he has taken it away himself.
        var password: String?
        /// Nil while nobody has proved the address: it is his all the same, because he began it.
        var proof: Proof?
    }

    let scene: Scene
    private(set) var accounts: [Account] = []
    private(set) var session: OpenedSession?
    /// What he found broken while he acted.
    private(set) var complaints: [String] = []
    private var registrations: [(begun: BegunRegistration, address: String, password: String)] = []
    private var passwords = 0

    init(_ scene: Scene) { self.scene = scene }

    private var house: House { scene.house }

    /// What he can do now; what needs a link or an account is likelier, so that long ways are gone to their ends.
    var possible: [Act] {
        Act.allCases.flatMap { act in
            switch act {
            case .registers: accounts.isEmpty ? [act, act, act] : [act]
            case .resends, .forgets, .asksForIntruder: [act]
            case .followsInBrowser, .followsWithPassword, .followsWithNewPassword:
                links("verification_token").isEmpty ? [] : accounts.isEmpty ? [act, act] : [act]
            case .resets: links("recovery_token").isEmpty ? [] : [act, act]
            case .signsIn, .changesPassword: accounts.contains { $0.password != nil } ? [act] : []
            case .beginsMove: accounts.contains { $0.password != nil } ? [act, act, act] : []
            case .confirmsMove: links("email_token").isEmpty ? [] : [act, act, act]
            case .undoes: links("undo_token").isEmpty ? [] : [act, act, act, act]
            case .disowns: links("not_me_token").isEmpty ? [] : [act]
            }
        }
    }

    mutating func play(
        _ act: Act, using random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> ActOutcome {
        try ActOutcome { () throws(Failure) in try perform(act, &random, in: &store) }
    }

    private mutating func perform(
        _ act: Act, _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        let address = scene.owners[Int.random(in: 0..<4, using: &random) / 3]
        switch act {
        case .registers: return try register(address, in: &store)
        case .resends:
            try house.users.resendVerification(
                to: address, browser: registrations.last?.begun.browser.digest, from: scene.ownersOrigin(), in: &store)
        case .forgets: try house.users.beginRecovery(of: address, from: scene.ownersOrigin(), in: &store)
        case .asksForIntruder:
            try house.users.beginRecovery(
                of: scene.intruders.randomElement(using: &random) ?? address, from: scene.ownersOrigin(), in: &store)
        case .followsInBrowser: return try follow(.browser, &random, in: &store)
        case .followsWithPassword: return try follow(.password, &random, in: &store)
        case .followsWithNewPassword: return try follow(.newPassword, &random, in: &store)
        case .resets: return try reset(&random, in: &store)
        case .signsIn: return try signIn(&random, in: &store) != nil
        case .changesPassword: return try changePassword(&random, in: &store)
        case .beginsMove: return try beginMove(&random, in: &store)
        case .confirmsMove: return try confirmMove(&random, in: &store)
        case .undoes: return try undo(&random, in: &store)
        case .disowns: return try disown(&random, in: &store)
        }
        return true
    }

    // MARK: Coming in

    private mutating func register(_ address: String, in store: inout Store) throws(Failure) -> Bool {
        let password = newPassword()
        let form = RegistrationForm(email: address, username: nil, name: "Ann", password: Secret(password))
        if scene.isOpen {
            let opened = try house.users.register(form, from: scene.ownersOrigin(), in: &store)
            accounts.append(Account(id: opened.user.id, address: address, password: password))
            session = opened
        } else {
            let begun = try house.users.beginRegistration(form, from: scene.ownersOrigin(), in: &store)
            registrations.append((begun, address, password))
        }
        return true
    }

    private mutating func follow(
        _ proof: Proof, _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        guard let link = recent("verification_token", &random) else { return false }
        var visitor = LinkVisitor()
        var (password, new): (String?, String?)
        switch proof {
        case .browser:
            visitor = LinkVisitor(
                registration: registrations.last?.begun.browser.digest, caller: try caller(in: &store))
        case .password:
            let typed = registrations.filter { $0.address == link.recipient }.map(\.password)
            password = accounts.first { $0.address == link.recipient }?.password ?? typed.randomElement(using: &random)
            if password == nil { return false }
        default: new = newPassword()
        }
        let form = VerificationForm(
            link: link.secret, password: password.map { Secret($0) }, newPassword: new.map { Secret($0) },
            visitor: visitor)
        switch try house.users.verify(form, from: scene.ownersOrigin(), in: &store) {
        case .registered(let opened):
            session = opened
            // The browser that registered has the account with the password of that registration.
            own(opened.user.id, at: link.recipient, new ?? password ?? registrations.last?.password, by: proof)
        case .proved(let user, _):
            own(user.id, at: link.recipient, new ?? password, by: proof)
            if new != nil { leave(user.id) }
        }
        return true
    }

    private mutating func reset(_ random: inout SeededGenerator, in store: inout Store) throws(Failure) -> Bool {
        guard let link = recent("recovery_token", &random) else { return false }
        let subject = try subject(of: link, .reset, in: &store)
        let new = newPassword()
        try house.users.resetPassword(
            PasswordReset(token: link.secret, new: Secret(new)), from: scene.ownersOrigin(), in: &store)
        if let subject {
            own(subject, at: link.recipient, new, by: .reset)
            leave(subject)
        }
        return true
    }

    @discardableResult
    private mutating func signIn(
        _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Account? {
        guard let account = accounts.filter({ $0.password != nil }).randomElement(using: &random),
            let password = account.password
        else { return nil }
        let form = SignInForm(identifier: account.address, password: Secret(password), wish: SessionWish())
        // From wherever he is: the account knows some of the networks only.
        let origin = scene.ownersOrigin(Int.random(in: 0...3, using: &random))
        do throws(Failure) {
            session = try house.sessions.signIn(form, from: origin, in: &store)
        } catch {
            complaints.append("the owner's password for \(account.address) was refused: \(error.code)")
            throw error
        }
        return account
    }

    private mutating func changePassword(
        _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        guard let account = try signIn(&random, in: &store), let current = account.password, let session else {
            return false
        }
        let new = newPassword()
        try house.users.changePassword(
            PasswordChange(current: Secret(current), new: Secret(new)),
            of: Caller(user: session.user, session: session.session), from: scene.ownersOrigin(), in: &store)
        change(account.id) { $0.password = new }
        return true
    }

    // MARK: Another address

    private mutating func beginMove(
        _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        guard let account = try signIn(&random, in: &store), let session else { return false }
        let target = account.address == scene.owners[0] ? scene.owners[1] : scene.owners[0]
        let typed = Bool.random(using: &random) ? account.password.map { Secret($0) } : nil
        try house.users.beginEmailChange(
            EmailChange(email: target, currentPassword: typed),
            of: Caller(user: session.user, session: session.session), from: scene.ownersOrigin(), in: &store)
        return true
    }

    /// In the browser where he is signed in, or with his password.
    private mutating func confirmMove(
        _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        guard let link = recent("email_token", &random) else { return false }
        let subject = try subject(of: link, .changeEmail, in: &store)
        let account = accounts.first { $0.id == subject } ?? accounts.randomElement(using: &random)
        let form = EmailConfirmation(
            link: link.secret, password: account?.password.map { Secret($0) }, caller: try caller(in: &store))
        let user = try house.users.confirmEmailChange(form, from: scene.ownersOrigin(), in: &store)
        own(user.id, at: user.email.text, nil, by: .move)
        return true
    }

    private mutating func undo(_ random: inout SeededGenerator, in store: inout Store) throws(Failure) -> Bool {
        guard let link = recent("undo_token", &random) else { return false }
        let user = try house.users.undoEmailChange(link.secret, from: scene.ownersOrigin(), in: &store)
        own(user.id, at: user.email.text, nil, by: .undo)
        change(user.id) { $0.password = nil }
        leave(user.id)
        return true
    }

    private mutating func disown(_ random: inout SeededGenerator, in store: inout Store) throws(Failure) -> Bool {
        guard let link = recent("not_me_token", &random) else { return false }
        let subject = try subject(of: link, .notMe, in: &store)
        let disowning = try house.users.disown(by: link.secret, from: scene.ownersOrigin(), in: &store)
        if let subject, disowning.blocksPassword {
            change(subject) { $0.password = nil }
            leave(subject)
        }
        return true
    }

    // MARK: What he has

    private func links(_ name: String) -> [MailedLink] { scene.post.links(name, to: scene.owners) }

    /// One of the newest; an older one is tried now and then.
    private func recent(_ name: String, _ random: inout SeededGenerator) -> MailedLink? {
        links(name).suffix(3).randomElement(using: &random)
    }

    private func subject(
        of link: MailedLink, _ purpose: TokenPurpose, in store: inout Store
    ) throws(Failure) -> UserID? {
        guard let secret = OneTimeSecret(link.secret) else { return nil }
        return try store.token(withDigest: secret.digest, for: purpose)?.subject
    }

    private func caller(in store: inout Store) throws(Failure) -> Caller? {
        guard let session else { return nil }
        return try house.sessions.caller(with: session.token, by: .cookie, in: &store)
    }

    /// Each is another one, so that what comes back from earlier is seen.
    private mutating func newPassword() -> String {
        passwords += 1
        return "the owner chose these words \(passwords)"
    }

    /// - Parameter password: nil when it stays.
    private mutating func own(_ id: UserID, at address: String, _ password: String?, by proof: Proof) {
        if !accounts.contains(where: { $0.id == id }) { accounts.append(Account(id: id, address: address)) }
        change(id) { account in
            account.address = address
            account.proof = proof
            if let password { account.password = password }
        }
    }

    private mutating func change(_ id: UserID, _ body: (inout Account) -> Void) {
        for index in accounts.indices where accounts[index].id == id { body(&accounts[index]) }
    }

    /// His session in that account is over.
    private mutating func leave(_ id: UserID) {
        if session?.user.id == id { session = nil }
    }
}
