package import Crypto

/// What a verification link is brought with.
package struct VerificationForm: Sendable {
    package let link: Secret
    /// The password of the registration, or of the account.
    package let password: Secret?
    /// Whoever chooses one drops everything that was there before.
    package let newPassword: Secret?
    package let visitor: LinkVisitor
    package let wish: SessionWish

    package init(
        link: Secret, password: Secret? = nil, newPassword: Secret? = nil, visitor: LinkVisitor = LinkVisitor(),
        wish: SessionWish = SessionWish()
    ) {
        self.link = link
        self.password = password
        self.newPassword = newPassword
        self.visitor = visitor
        self.wish = wish
    }
}

/// What a browser brings along that can show whose link it follows.
package struct LinkVisitor: Sendable {
    /// SHA-256 of the cookie that it got when it registered.
    package let registration: Digest?
    package let caller: Caller?

    package init(registration: Digest? = nil, caller: Caller? = nil) {
        self.registration = registration
        self.caller = caller
    }
}

/// What a visitor needs beside the link.
package enum ProofNeeded: String, Sendable {
    /// Nothing: this is the browser that registered, or one that is signed in to the account.
    case browser
    /// The password, or a new one.
    case password
}

/// Whom a verification link is about, for who brings it.
package enum LinkSubject: String, Sendable {
    /// An account begins with it.
    case registration
    /// There is one already.
    case account
}

/// The link alone is not enough: who reads the mailbox need not be who chose the password.
package struct ProofRequired: Refusal {
    package var code: String { "proof_required" }
    package var kind: RefusalKind { .invalid }
    package var complaints: [Complaint] { [Complaint("password", code)] }
}

/// The password that was asked for beside a link is not this.
package struct WrongPassword: Refusal {
    package var code: String { "invalid_password" }
    package var kind: RefusalKind { .invalid }
    package var complaints: [Complaint] { [Complaint("password", code)] }
}

/// Whom a verification link is about.
enum Applicant {
    case registration(Registration)
    case user(User)

    var id: UserID {
        switch self {
        case .registration(let registration): registration.id
        case .user(let user): user.id
        }
    }

    var user: User? {
        if case .user(let user) = self { user } else { nil }
    }

    var subject: LinkSubject { user == nil ? .registration : .account }

    /// What a new password must not consist of. A registration's names are dropped with everything else of it.
    var context: [String] {
        switch self {
        case .registration(let registration): [registration.email.localPart]
        case .user(let user): user.contextWords
        }
    }

    func proofNeeded(by visitor: LinkVisitor) -> ProofNeeded {
        switch self {
        case .registration(let registration): visitor.registration == registration.browser ? .browser : .password
        case .user(let user): visitor.caller?.user.id == user.id ? .browser : .password
        }
    }
}

/// How somebody with a link has shown that the act is his own.
enum LinkProof {
    case browser
    /// He knew it. That he tried is counted in the transaction of the act.
    case password([Spending])
    case newPassword(PasswordDigest)

    var spendings: [Spending] {
        if case .password(let spendings) = self { spendings } else { [] }
    }

    /// For the audit log.
    var name: String {
        switch self {
        case .browser: "browser"
        case .password: "password"
        case .newPassword: "new_password"
        }
    }
}
