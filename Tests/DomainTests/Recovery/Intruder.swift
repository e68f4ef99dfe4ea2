import Crypto
import Persistence
import Support

@testable import Domain

/// Somebody who wants the accounts of another one's addresses. He reads his own two mailboxes, has an account of his own,
/// and keeps every secret that he ever had.
struct Intruder: Sendable {
    enum Act: String, CaseIterable {
        case registers, resends, asksForOwner, signsIn, changesPassword
        case beginsMoveAway, beginsMoveToOwner, confirmsMove, forgets, resets, undoes, disowns, triesEverything
    }

    /// An account that he has the password of, or had.
    private struct Holding: Sendable {
        let id: UserID?
        let identifier: String
        var password: String
    }

    /// What he tries to set, and therefore one of his passwords from the start.
    private static let hope = "an intruder hopes for these words"

    let scene: Scene
    private(set) var passwords = [hope]
    private(set) var usernames: [String] = []
    private(set) var sessions: [OpenedSession] = []
    private(set) var devices: [Device] = []
    private var holdings: [Holding] = []
    private var browsers: [BegunRegistration] = []
    private let own: UserID

    /// His own account has had its address for so long that he could take a change of it back.
    init(_ scene: Scene, in store: inout Store) throws(Failure) {
        self.scene = scene
        let name = "eve\(scene.number)"
        let password = "an intruder has these words"
        let form = RegistrationForm(
            email: scene.intruders[0], username: name, name: nil, password: Secret(password))
        let user = try scene.house.users.create(
            NewUser(registration: form, role: "user", isVerified: true), from: scene.intrudersOrigin(), in: &store)
        own = user.id
        passwords.append(password)
        usernames.append(name)
        holdings.append(Holding(id: user.id, identifier: name, password: password))
        scene.house.clock.advance(by: .days(8))
    }

    private var house: House { scene.house }

    /// Every text that he could put into a link.
    var links: [String] { browsers.map { $0.browser.reveal() } + scene.post.secrets(of: scene.intruders) }

    /// What he can do now.
    var possible: [Act] {
        Act.allCases.flatMap { act in
            switch act {
            case .registers: holdings.count < 2 ? [act, act, act] : [act]
            case .beginsMoveAway: sessions.isEmpty ? [] : [act, act, act]
            case .changesPassword: sessions.isEmpty ? [] : [act]
            case .confirmsMove: mail("email_token").isEmpty ? [] : [act, act, act, act]
            case .resets: mail("recovery_token").isEmpty ? [] : [act]
            case .undoes: mail("undo_token").isEmpty ? [] : [act, act, act, act]
            case .disowns: mail("not_me_token").isEmpty ? [] : [act]
            default: [act]
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
                to: address, browser: browsers.last?.browser.digest, from: scene.intrudersOrigin(), in: &store)
        case .asksForOwner: try house.users.beginRecovery(of: address, from: scene.intrudersOrigin(), in: &store)
        case .signsIn:
            guard let holding = holdings.randomElement(using: &random) else { return false }
            try signIn(holding.identifier, holding.password, in: &store)
        case .changesPassword: return try changePassword(&random, in: &store)
        case .beginsMoveAway:
            // His own account's, where he is in no other.
            let prey = sessions.filter { $0.user.id != own }
            guard let opened = (prey.isEmpty ? sessions : prey).randomElement(using: &random) else { return false }
            // Mostly to the mailbox of his that has no account.
            let target = (scene.owners + scene.intruders)[min(Int.random(in: 0..<8, using: &random), 3)]
            try beginMove(of: opened, to: target, &random, in: &store)
        case .beginsMoveToOwner:
            guard let holding = holdings.last(where: { $0.id == own }) else { return false }
            let opened = try signIn(holding.identifier, holding.password, in: &store)
            try beginMove(of: opened, to: address, &random, in: &store)
        case .forgets:
            let mine = scene.intruders.randomElement(using: &random) ?? scene.intruders[0]
            try house.users.beginRecovery(of: mine, from: scene.intrudersOrigin(), in: &store)
        case .confirmsMove, .resets, .undoes, .disowns: return try follow(act, &random, in: &store)
        case .triesEverything: try tryLinks(in: &store)
        }
        return true
    }

    // MARK: Acts

    private mutating func register(_ address: String, in store: inout Store) throws(Failure) -> Bool {
        let password = newPassword()
        let username = "eve\(scene.number)x\(passwords.count)"
        let form = RegistrationForm(email: address, username: username, name: "Eve", password: Secret(password))
        if scene.isOpen {
            let opened = try house.users.register(form, from: scene.intrudersOrigin(), in: &store)
            keep(opened)
            holdings.append(Holding(id: opened.user.id, identifier: address, password: password))
        } else {
            browsers.append(try house.users.beginRegistration(form, from: scene.intrudersOrigin(), in: &store))
            holdings.append(Holding(id: nil, identifier: address, password: password))
        }
        usernames.append(username)
        return true
    }

    @discardableResult
    private mutating func signIn(
        _ identifier: String, _ password: String, in store: inout Store
    ) throws(Failure) -> OpenedSession {
        let form = SignInForm(identifier: identifier, password: Secret(password), wish: SessionWish())
        let opened = try house.sessions.signIn(
            form, from: scene.intrudersOrigin(on: devices.last), in: &store)
        keep(opened)
        return opened
    }

    /// With the session as it was when it was opened: a request that was let in before it ended.
    private mutating func changePassword(
        _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        guard let opened = sessions.randomElement(using: &random),
            let index = holdings.lastIndex(where: { $0.id == opened.user.id })
        else { return false }
        let new = newPassword()
        try house.users.changePassword(
            PasswordChange(current: Secret(holdings[index].password), new: Secret(new)),
            of: Caller(user: opened.user, session: opened.session), from: scene.intrudersOrigin(), in: &store)
        holdings[index].password = new
        return true
    }

    private func beginMove(
        of opened: OpenedSession, to address: String, _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) {
        let known = holdings.last { $0.id == opened.user.id }?.password
        let typed = Bool.random(using: &random) ? known : nil
        try house.users.beginEmailChange(
            EmailChange(email: address, currentPassword: typed.map { Secret($0) }),
            of: Caller(user: opened.user, session: opened.session), from: scene.intrudersOrigin(), in: &store)
    }

    /// One of the newest links in his own mailboxes.
    private mutating func follow(
        _ act: Act, _ random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) -> Bool {
        let names: [Act: String] = [
            .confirmsMove: "email_token", .resets: "recovery_token", .undoes: "undo_token", .disowns: "not_me_token",
        ]
        guard let name = names[act], let link = mail(name).suffix(3).randomElement(using: &random) else {
            return false
        }
        switch act {
        case .confirmsMove:
            let form = try confirmation(by: link.secret, in: &store)
            try house.users.confirmEmailChange(form, from: scene.intrudersOrigin(), in: &store)
        case .undoes: try house.users.undoEmailChange(link.secret, from: scene.intrudersOrigin(), in: &store)
        case .disowns: try house.users.disown(by: link.secret, from: scene.intrudersOrigin(), in: &store)
        default:
            let new = newPassword()
            try house.users.resetPassword(
                PasswordReset(token: link.secret, new: Secret(new)), from: scene.intrudersOrigin(), in: &store)
            let id = try store.user(withEmail: Scene.address(link.recipient))?.id
            holdings.append(Holding(id: id, identifier: link.recipient, password: new))
        }
        return true
    }

    /// Puts every secret that he has, or the newest ones, into every link that there is.
    func tryLinks(newest count: Int = .max, in store: inout Store) throws(Failure) {
        let (users, hope) = (house.users, Secret(Self.hope))
        let visitor = LinkVisitor(registration: browsers.last?.browser.digest)
        for text in links.suffix(count) {
            let secret = Secret(text)
            _ = try ActOutcome { () throws(Failure) in
                _ = try users.verify(
                    VerificationForm(link: secret, visitor: visitor), from: scene.intrudersOrigin(), in: &store)
                return true
            }
            _ = try ActOutcome { () throws(Failure) in
                _ = try users.verify(
                    VerificationForm(link: secret, newPassword: hope), from: scene.intrudersOrigin(), in: &store)
                return true
            }
            _ = try ActOutcome { () throws(Failure) in
                try users.resetPassword(
                    PasswordReset(token: secret, new: hope), from: scene.intrudersOrigin(), in: &store)
                return true
            }
            _ = try ActOutcome { () throws(Failure) in
                try users.confirmEmailChange(
                    try confirmation(by: secret, in: &store), from: scene.intrudersOrigin(), in: &store)
                return true
            }
            _ = try ActOutcome { () throws(Failure) in
                try users.undoEmailChange(secret, from: scene.intrudersOrigin(), in: &store)
                return true
            }
            _ = try ActOutcome { () throws(Failure) in
                try users.disown(by: secret, from: scene.intrudersOrigin(), in: &store)
                return true
            }
        }
    }

    // MARK: What he has

    /// With the last session and password that he had in the account, whether they are still worth something or not.
    private func confirmation(by secret: Secret, in store: inout Store) throws(Failure) -> EmailConfirmation {
        let digest = OneTimeSecret(secret)?.digest
        let subject = try digest.flatMap { digest throws(Failure) in
            try store.token(withDigest: digest, for: .changeEmail)?.subject
        }
        let opened = sessions.last { $0.user.id == subject } ?? sessions.last
        return EmailConfirmation(
            link: secret, password: holdings.last { $0.id == subject }.map { Secret($0.password) },
            caller: opened.map { Caller(user: $0.user, session: $0.session) })
    }

    private func mail(_ name: String) -> [MailedLink] { scene.post.links(name, to: scene.intruders) }

    private mutating func keep(_ opened: OpenedSession) {
        sessions.append(opened)
        devices.append(Device(of: opened.user, before: nil, at: house.clock.now()))
    }

    private mutating func newPassword() -> String {
        passwords.append("an intruder chose these words \(passwords.count)")
        return passwords.last ?? Self.hope
    }
}
