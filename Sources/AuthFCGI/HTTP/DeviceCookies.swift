import Crypto
import Domain

/// The cookie by which an account knows a browser that has signed in to it.
///
/// It is sealed: it names the account to nobody but us, and no row is needed to believe it. It opens nothing; it only
/// keeps other people's guesses from locking its owner out (decisions 32).
struct DeviceCookies: Sendable {
    /// The name of the cookie, before its prefix.
    static let name = "device"
    /// From the last sign-in on.
    static let lifetime = Duration.days(180)
    private static let context = "device/v1"
    /// Device, user, time of the password, end: 16, 16, 8 and 8 bytes.
    private static let size = 48

    private let keyring: Keyring
    private let isSecure: Bool

    init(keyring: Keyring, isSecure: Bool) {
        self.keyring = keyring
        self.isSecure = isSecure
    }

    func cookie(_ device: Device, at now: Instant) -> String {
        let message =
            device.id.bytes + device.userID.bytes + (device.passwordChangedAt?.microseconds ?? 0).bigEndianBytes
            + (now + Self.lifetime).microseconds.bigEndianBytes
        let box = SealedBox.seal(message, context: Self.context, key: keyring.active(.device))
        let value = Base64URL.encode(keyring.activeID.bigEndianBytes + box)
        return SetCookie(Self.name, value, maxAge: Self.lifetime.components.seconds, isSecure: isSecure).header
    }

    /// The device of a header `Cookie`; nil when there is none, or it is not one of ours any more.
    func open(_ header: String?, at now: Instant) -> Device? {
        guard let header,
            case .value(let value) = Cookies.value(of: SetCookie.name(Self.name, isSecure: isSecure), in: header),
            value.utf8.count < 200, let sealed = Base64URL.decode(value), sealed.count > 4,
            let key = keyring.key(.device, id: sealed.prefix(4).reduce(0) { $0 << 8 | Keyring.KeyID($1) }),
            let message = SealedBox.open(Array(sealed.dropFirst(4)), context: Self.context, key: key),
            message.count == Self.size, now < instant(message[40...]),
            let id = DeviceID(bytes: Array(message[..<16])), let user = UserID(bytes: Array(message[16..<32]))
        else { return nil }
        let changed = instant(message[32..<40])
        return Device(id: id, userID: user, passwordChangedAt: changed.microseconds == 0 ? nil : changed)
    }

    private func instant(_ bytes: ArraySlice<UInt8>) -> Instant {
        Instant(microseconds: Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }))
    }
}
