import Crypto
import Domain

/// The cookie that carries a `Flash`, written and read.
struct FlashCookies: Sendable {
    private let keyring: Keyring
    private let isSecure: Bool

    init(keyring: Keyring, isSecure: Bool) {
        self.keyring = keyring
        self.isSecure = isSecure
    }

    func cookie(_ flash: Flash, at now: Instant) -> String {
        let value = flash.sealed(with: keyring, at: now)
        return SetCookie(Flash.cookie, value, maxAge: Flash.lifetime.components.seconds, isSecure: isSecure).header
    }

    /// What a browser brings back; nil when there is none, or it is not ours any more.
    func open(_ header: String?, at now: Instant) -> Flash? {
        guard let header,
            case .value(let value) = Cookies.value(of: SetCookie.name(Flash.cookie, isSecure: isSecure), in: header)
        else { return nil }
        return Flash(opening: value, with: keyring, at: now)
    }

    var expired: String { SetCookie.expired(Flash.cookie, isSecure: isSecure).header }
}
