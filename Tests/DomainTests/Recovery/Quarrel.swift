import Crypto
import Persistence
import Support

@testable import Domain

/// An owner and an intruder who both act upon the owner's addresses, and what must be true of it.
struct Quarrel: Sendable {
    enum Party: CaseIterable {
        case owner, intruder
    }

    let scene: Scene
    var owner: Owner
    var intruder: Intruder
    /// What must not be true and is, with the way to it.
    private(set) var complaints: [String] = []
    private(set) var tally = Tally()
    private var story: [String] = []
    /// Passwords that were tried, with the state of the account: none of them has to be tried again in the same.
    private var tried: [String: Bool] = [:]
    /// Whether the last act came to nothing.
    private(set) var isCalm = false

    init(_ number: Int, isOpen: Bool, post: PostOffice = PostOffice(), in store: inout Store) throws(Failure) {
        let house = House(registration: isOpen ? .open : .verified, sendsMail: true)
        scene = Scene(number: number, house: house, post: post)
        owner = Owner(scene)
        intruder = try Intruder(scene, in: &store)
    }

    /// The owner has had his account for a while.
    mutating func settle(using random: inout SeededGenerator, in store: inout Store) throws(Failure) {
        for act in [Owner.Act.registers, .followsInBrowser] {
            note("owner \(act)", try owner.play(act, using: &random, in: &store))
            try scene.post.fetch(from: &store, at: scene.house.clock.now())
        }
        pass(.days(8), "a week passes")
    }

    /// One act of either, or time that passes.
    mutating func step(using random: inout SeededGenerator, in store: inout Store) throws(Failure) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: pass(.minutes(31), "half an hour passes")
        case 1: pass(.days(8), "a week passes")
        case 2...11: try act(.owner, using: &random, in: &store)
        default: try act(.intruder, using: &random, in: &store)
        }
    }

    /// Something that is possible now.
    mutating func act(
        _ party: Party, using random: inout SeededGenerator, in store: inout Store
    ) throws(Failure) {
        scene.house.clock.advance(by: .seconds(1))
        switch party {
        case .owner:
            guard let act = owner.possible.randomElement(using: &random) else { return }
            note("owner \(act)", try owner.play(act, using: &random, in: &store))
        case .intruder:
            guard let act = intruder.possible.randomElement(using: &random) else { return }
            note("intruder \(act)", try intruder.play(act, using: &random, in: &store))
        }
        try scene.post.fetch(from: &store, at: scene.house.clock.now())
    }

    /// How many acts there were.
    var length: Int { story.count }

    /// Takes over what one of the two did elsewhere, since there were so many acts.
    mutating func join(_ party: Party, of other: Quarrel, since length: Int) {
        switch party {
        case .owner: owner = other.owner
        case .intruder: intruder = other.intruder
        }
        let news = other.story.dropFirst(length)
        for act in news { tally.note(act) }
        story += news
    }

    private mutating func pass(_ time: Duration, _ name: String) {
        scene.house.clock.advance(by: time)
        note(name, .done)
    }

    private mutating func note(_ act: String, _ outcome: ActOutcome) {
        isCalm = outcome != .done
        switch outcome {
        case .done: story.append(act)
        case .idle: story.append("\(act) (nothing to do)")
        case .refused(let code): story.append("\(act) (\(code))")
        }
        tally.note(story.last ?? act)
    }

    // MARK: The verdict

    /// What must be true after every act. Of the intruder's links the newest is tried, at the end all.
    mutating func verdict(isLast: Bool = false, in store: inout Store) throws(Failure) {
        let strangers = try strangers(in: &store)
        let broken = try broken(in: &store)
        let intrusions = try intrusions(trying: isLast ? .max : 1, in: &store)
        for complaint in owner.complaints + strangers + broken + intrusions {
            complaints.append("\(scene.number): \(complaint) after \(story.joined(separator: ", "))")
        }
    }

    /// Accounts whose address is proved to be the owner's, and that he knows nothing of.
    private func strangers(in store: inout Store) throws(Failure) -> [String] {
        var complaints: [String] = []
        for address in scene.owners {
            guard let user = try store.user(withEmail: Scene.address(address)), user.isVerified else { continue }
            if !owner.accounts.contains(where: { $0.id == user.id && $0.proof != nil }) {
                complaints.append("somebody else proved \(address)")
            }
        }
        return complaints
    }

    /// Accounts of the owner that he has no longer, or that his password opens no longer.
    private mutating func broken(in store: inout Store) throws(Failure) -> [String] {
        var complaints: [String] = []
        for account in owner.accounts {
            guard let user = try store.user(withID: account.id), user.isActive, user.email.text == account.address,
                user.isVerified == (account.proof != nil)
            else {
                complaints.append("the owner's account at \(account.address) is gone or another one")
                continue
            }
            guard let password = account.password else { continue }
            if try !opens(account.address, password, user, from: scene.ownersOrigin(), in: &store) {
                complaints.append("the owner's password for \(account.address) does not work")
            }
        }
        return complaints
    }

    /// What of the intruder's opens an account of the owner. His tries are undone.
    private mutating func intrusions(
        trying newest: Int, in store: inout Store
    ) throws(Failure) -> [String] {
        var complaints: [String] = []
        let ids = owner.accounts.map(\.id)
        if ids.isEmpty { return [] }
        for opened in intruder.sessions {
            let caller = try scene.house.sessions.caller(with: opened.token, by: .cookie, in: &store)
            if let caller, ids.contains(caller.user.id) { complaints.append("a session of the intruder opens it") }
        }
        let origin = scene.intrudersOrigin(on: intruder.devices.last)
        for id in ids {
            guard let user = try store.user(withID: id) else { continue }
            let names = [user.email.text] + (user.username.map { [$0.text] } ?? [])
            for (name, password) in names.flatMap({ name in intruder.passwords.map { (name, $0) } })
            where try opens(name, password, user, from: origin, in: &store) {
                complaints.append("the intruder's `\(password)` opens \(name)")
            }
        }
        let before = try rows(ids, in: &store)
        var after: [String] = []
        try undoing(in: &store) { store throws(Failure) in
            try intruder.tryLinks(newest: newest, in: &store)
            after = try rows(ids, in: &store)
        }
        if before != after { complaints.append("a link of the intruder changes it: \(before), \(after)") }
        return complaints
    }

    /// Whether somebody is let in, tried without leaving a trace.
    private mutating func opens(
        _ identifier: String, _ password: String, _ user: User, from origin: Origin, in store: inout Store
    ) throws(Failure) -> Bool {
        let key = "\(identifier) \(password) \(user.id) \(user.passwordChangedAt?.microseconds ?? 0)"
        if let known = tried[key] { return known }
        let form = SignInForm(identifier: identifier, password: Secret(password), wish: SessionWish())
        let sessions = scene.house.sessions
        var isOpen = false
        try undoing(in: &store) { store throws(Failure) in
            let outcome = try ActOutcome { () throws(Failure) in
                try sessions.signIn(form, from: origin, in: &store).user.id == user.id
            }
            isOpen = outcome == .done
        }
        tried[key] = isOpen
        return isOpen
    }

    /// What an act upon an account leaves behind.
    private func rows(_ ids: [UserID], in store: inout Store) throws(Failure) -> [String] {
        var rows: [String] = []
        for id in ids {
            guard let user = try store.user(withID: id) else { continue }
            let sessions = try store.sessions(of: id, at: scene.house.clock.now()).map(\.id.description).sorted()
            rows.append(
                """
                \(user.email.text) \(user.emailVerifiedAt?.microseconds ?? 0) \
                \(user.passwordChangedAt?.microseconds ?? 0) \(user.isActive) \(sessions)
                """)
        }
        return rows
    }

    private func undoing(
        in store: inout Store, _ body: (inout Store) throws(Failure) -> Void
    ) throws(Failure) {
        do throws(Failure) {
            try store.atomically { (tx: inout Store) throws(Failure) in
                try body(&tx)
                throw Failure.refused(Undone())
            }
        } catch {
            guard case .refused(let refusal) = error, refusal is Undone else { throw error }
        }
    }

    // MARK: Endings

    static let endings =
        ["nobody's", "the intruder's, unproved", "the owner's, unproved"]
        + Owner.Proof.allCases.map { "the owner's by \($0)" }

    /// Whose the first address is at the end.
    mutating func noteEnding(in store: inout Store) throws(Failure) {
        guard let user = try store.user(withEmail: Scene.address(scene.owners[0])) else {
            return tally.note(Self.endings[0])
        }
        guard let account = owner.accounts.first(where: { $0.id == user.id }) else {
            return tally.note(Self.endings[1])
        }
        tally.note(account.proof.map { "the owner's by \($0)" } ?? Self.endings[2])
    }
}

/// Takes back what was only a try.
private struct Undone: Refusal {
    let code = "undone"
    let kind = RefusalKind.invalid
}
