import Crypto
import Domain

/// The cookie by which a browser shows that it registered, before its prefix. Its value is a secret that works for one
/// registration.
enum RegistrationCookie {
    static let name = "registration"
}

extension Exchange {
    /// What a registration came to.
    enum Registered {
        case opened(OpenedSession)
        /// The address has to be proved first; nil where the account stands already.
        case begun(BegunRegistration?)
    }

    /// For people who read what a program answers.
    static let checkMailbox = "Follow the link in the mail that was sent to this address."

    /// Registers in the way that the settings say.
    mutating func register(_ form: RegistrationForm) throws(Failure) -> Registered {
        if app.users.registration == .verified {
            return .begun(try app.users.beginRegistration(form, from: origin, in: &store))
        }
        if app.sessions.requiresVerified {
            _ = try app.users.enroll(form, from: origin, in: &store)
            return .begun(nil)
        }
        return .opened(try app.users.register(form, from: origin, in: &store))
    }

    /// Begins a registration whose address has to be proved.
    mutating func begin(_ form: RegistrationForm, in response: inout Response) throws(Failure) {
        setRegistration(try app.users.beginRegistration(form, from: origin, in: &store), in: &response)
    }

    /// Lets the browser finish what it began without typing the password again.
    func setRegistration(_ begun: BegunRegistration, in response: inout Response) {
        let cookie = SetCookie(
            RegistrationCookie.name, begun.browser.reveal(), maxAge: begun.lifetime.components.seconds,
            isSecure: app.site.secureCookies)
        response.add("Set-Cookie", cookie.header)
    }

    /// What the browser brings that can show whose link it follows.
    var visitor: LinkVisitor { LinkVisitor(registration: registrationDigest, caller: caller) }

    /// SHA-256 of the cookie; nil when there is none, or it cannot be one of ours.
    var registrationDigest: Digest? {
        let name = SetCookie.name(RegistrationCookie.name, isSecure: app.site.secureCookies)
        guard let header = request[.cookie], case .value(let text) = Cookies.value(of: name, in: header) else {
            return nil
        }
        return OneTimeSecret(Secret(text))?.digest
    }

    /// Removes the cookie where there is one.
    func expireRegistration(in response: inout Response) {
        guard registrationDigest != nil else { return }
        response.add(
            "Set-Cookie", SetCookie.expired(RegistrationCookie.name, isSecure: app.site.secureCookies).header)
    }
}
