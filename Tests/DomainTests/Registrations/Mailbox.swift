import Crypto
import Domain
import Persistence
import Support

/// The mails that have arrived, as their recipients read them.
struct Mailbox {
    private(set) var mails: [QueuedMail] = []

    /// Takes what is due, as the courier does; what is for nobody never arrives.
    mutating func fetch(from store: inout Store, at now: Instant) throws(Failure) {
        for mail in try store.dueMail(at: now, limit: 100) {
            try store.noteDelivery(of: mail.id, at: now)
            if mail.template != Mail.nobody { mails.append(mail) }
        }
    }

    func mails(to address: String) -> [QueuedMail] { mails.filter { $0.recipient == address } }

    /// The links that prove an address, the oldest first.
    func links(to address: String) -> [Secret] {
        mails(to: address).compactMap { $0.values?["verification_token"].map { Secret($0) } }
    }
}

extension House {
    /// Where every address has to be proved.
    static func verifying(limits: Limits = .generous) -> House {
        House(limits: limits, registration: .verified, sendsMail: true)
    }

    /// Asks for an account under `name@example.org`.
    @discardableResult
    func begin(
        _ name: String, password: String = House.password, username: String? = nil, from origin: Origin = .test,
        in store: inout Store
    ) throws(Failure) -> BegunRegistration {
        // Mails of the same instant would arrive in any order.
        clock.advance(by: .milliseconds(1))
        let form = RegistrationForm(
            email: "\(name)@example.org", username: username, name: name.capitalizedASCII, password: Secret(password))
        return try users.beginRegistration(form, from: origin, in: &store)
    }

    /// The newest link in the mailbox of `name@example.org`.
    func link(_ name: String, in store: inout Store) throws(Failure) -> Secret {
        var mailbox = Mailbox()
        try mailbox.fetch(from: &store, at: clock.now())
        guard let link = mailbox.links(to: "\(name)@example.org").last else { throw .defect("no link for \(name)") }
        return link
    }

    func verify(
        _ link: Secret, password: String? = nil, new: String? = nil, browser: BegunRegistration? = nil,
        caller: Caller? = nil, from origin: Origin = .test, in store: inout Store
    ) throws(Failure) -> Verification {
        let visitor = LinkVisitor(registration: browser?.browser.digest, caller: caller)
        let form = VerificationForm(
            link: link, password: password.map { Secret($0) }, newPassword: new.map { Secret($0) }, visitor: visitor)
        return try users.verify(form, from: origin, in: &store)
    }

    /// The account that the link of a registration began.
    @discardableResult
    func finish(
        _ link: Secret, password: String? = nil, new: String? = nil, browser: BegunRegistration? = nil,
        in store: inout Store
    ) throws(Failure) -> OpenedSession {
        guard
            case .registered(let opened) = try verify(
                link, password: password, new: new, browser: browser, in: &store)
        else { throw .defect("no account has begun") }
        return opened
    }

    func resend(_ name: String, browser: BegunRegistration? = nil, in store: inout Store) throws(Failure) {
        clock.advance(by: .milliseconds(1))
        try users.resendVerification(
            to: "\(name)@example.org", browser: browser?.browser.digest, from: .test, in: &store)
    }
}

extension EmailAddress {
    static func of(_ name: String) -> EmailAddress {
        EmailAddress(storedText: "\(name)@example.org", key: "\(name)@example.org")
    }
}
