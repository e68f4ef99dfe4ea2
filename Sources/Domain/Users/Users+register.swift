package import Crypto

/// What a person registers with.
package struct RegistrationForm: Sendable {
    package let email: String
    package let username: String?
    package let name: String?
    package let password: Secret
    package let wish: SessionWish

    package init(email: String, username: String?, name: String?, password: Secret, wish: SessionWish = SessionWish()) {
        self.email = email
        self.username = username
        self.name = name
        self.password = password
        self.wish = wish
    }
}

/// The address or the name belongs to somebody.
package enum NameTaken: Refusal {
    case email
    case username

    package var code: String { self == .email ? "email_taken" : "username_taken" }
    package var kind: RefusalKind { .conflict }
    package var field: String? { self == .email ? "email" : "username" }
}

/// The operator lets nobody register.
package struct RegistrationDisabled: Refusal {
    package var code: String { "registration_disabled" }
    package var kind: RefusalKind { .forbidden }
}

extension Users {
    package typealias RegisterStore = AuditLog & BudgetStore & NetworkStore & Outbox & PasswordStore & SessionStore
        & TokenStore
        & Transactional & UserStore & ~Copyable

    /// Creates a user and signs him in: registration mode `open`.
    package func register<Store: RegisterStore>(
        _ form: RegistrationForm, from origin: Origin, in store: inout Store
    ) throws(Failure) -> OpenedSession where Store: ~Copyable {
        let (user, password, spendings) = try admit(form, signsIn: true, from: origin, in: &store)
        let now = user.createdAt
        let opened = terms.open(for: user, form.wish, methods: ["pwd"], from: origin, at: now)
        try add(user, password, spendings, in: &store) { tx throws(Failure) in
            try tx.begin(opened, form.wish, beside: 0)
            try tx.noteNetwork(budgets.networkName(of: origin), of: user.id, at: now)
            try tx.record(
                AuditEvent(.registered, by: .user, on: user, session: opened.session.id, from: origin, at: now))
        }
        return opened
    }

    /// Creates a user who signs in by an act of his own, and returns him as the database has him.
    package func enroll<Store: RegisterStore>(
        _ form: RegistrationForm, from origin: Origin, in store: inout Store
    ) throws(Failure) -> User where Store: ~Copyable {
        let (user, password, spendings) = try admit(form, signsIn: false, from: origin, in: &store)
        return try add(user, password, spendings, in: &store) { tx throws(Failure) in
            try tx.record(AuditEvent(.registered, by: .user, on: user, from: origin, at: user.createdAt))
            guard let stored = try tx.user(withID: user.id) else { throw Failure.defect("a new user has no row") }
            return stored
        }
    }

    /// The user that an acceptable form makes, with the hashed password and what his making is counted by.
    private func admit<Store: RegisterStore>(
        _ form: RegistrationForm, signsIn: Bool, from origin: Origin, in store: inout Store
    ) throws(Failure) -> (User, PasswordDigest, [Spending]) where Store: ~Copyable {
        guard registration == .open else { throw .refused(RegistrationDisabled()) }
        // Before the password is judged, which takes milliseconds.
        let typed = EmailAddress(form.email)
        var spendings = budgets.spendings(forRegistrationOf: typed?.key ?? "", from: origin)
        if sendsMail, let typed { spendings += budgets.spendings(forMailTo: typed, from: origin) }
        try budgets.admit(spendings, from: origin, in: &store)
        let accepted = try accept(form)

        let digest = try passwords.digest(new: accepted.password)  // slow on purpose, hence before the transaction
        let now = clock.now()
        let user = User(
            id: UserID(at: now), email: accepted.email, username: accepted.username, name: accepted.name,
            erasureSalt: Random.bytes(16), createdAt: now, updatedAt: now, passwordChangedAt: now,
            lastSignInAt: signsIn ? now : nil)
        return (user, digest, spendings)
    }

    /// Stores the user and what goes with him, and mails the link that proves his address. That a name is taken is told
    /// only when asking was counted.
    private func add<Store: RegisterStore, Result>(
        _ user: User, _ password: PasswordDigest, _ spendings: [Spending], in store: inout Store,
        with more: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result where Store: ~Copyable {
        do throws(Failure) {
            return try store.atomically { tx throws(Failure) in
                try budgets.spend(spendings, in: &tx)
                try tx.add(user, password)
                if sendsMail {
                    let now = user.createdAt
                    let proof = requestProof(
                        for: user.id, of: user.id, at: user.email, until: now + tokens.verification, now: now)
                    try tx.insert(proof.token)
                    try tx.enqueue(proof.mail)
                }
                return try more(&tx)
            }
        } catch {
            // The spending was undone with everything else.
            if case .refused(let refusal) = error, refusal is NameTaken { try budgets.spend(spendings, in: &store) }
            throw error
        }
    }

    /// The fields in the form in which they are stored, or every complaint about them.
    func accept(_ form: RegistrationForm) throws(Failure) -> AcceptedRegistration {
        var complaints: [Complaint] = []
        let email = EmailAddress(form.email)
        if email == nil { complaints.append(Complaint("email", "invalid_email")) }
        let username = form.username.flatMap(Username.init)
        if form.username != nil, username == nil { complaints.append(Complaint("username", "invalid_username")) }
        if let username, username.isReserved { complaints.append(Complaint("username", "reserved_username")) }
        let name = form.name.flatMap { DisplayName($0) }
        if form.name != nil, name == nil { complaints.append(Complaint("name", "invalid_name")) }

        let context = [email?.localPart, username?.text, name?.text].compactMap(\.self)
        complaints += try passwords.policy.complaints(about: form.password, field: "password", context: context)
        guard complaints.isEmpty, let email, let password = PasswordPolicy.normalized(form.password) else {
            throw .refused(InvalidInput(complaints))
        }
        return AcceptedRegistration(email: email, username: username, name: name?.text, password: password)
    }
}

/// A registration whose fields were accepted.
struct AcceptedRegistration {
    let email: EmailAddress
    let username: Username?
    let name: String?
    let password: Secret
}

extension UserStore where Self: PasswordStore & ~Copyable {
    /// A user with a password, inside of a transaction that a refusal rolls back.
    mutating func add(_ user: User, _ password: PasswordDigest) throws(Failure) {
        switch try insert(user) {
        case .emailTaken: throw .refused(NameTaken.email)
        case .usernameTaken: throw .refused(NameTaken.username)
        case .inserted: break
        }
        guard try createPassword(password, of: user.id) else {
            throw .defect("the password of a new user was not accepted by the database")
        }
    }
}
