import Crypto
import Domain
import JSON

/// What a refused form hands to the page it came from: the complaint, and what was typed, except for secrets.
///
/// It travels sealed in a cookie of its own, which scripts cannot read, for five minutes (decisions 12).
struct Flash: Sendable, Equatable {
    struct KeptValue: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// The name of the cookie, before its prefix.
    static let cookie = "flash"
    static let lifetime = Duration.minutes(5)
    /// Bytes of the cookie's value: below what every browser keeps, with room for its name and attributes.
    static let maximumSize = 3500
    /// Key id, nonce, tag.
    private static let overhead = 4 + 24 + 16
    private static let context = "flash/v1"

    let code: String
    let field: String?
    let values: [KeptValue]

    /// Names of secrets are dropped, whatever the caller gives.
    init(code: String, field: String?, values: [KeptValue]) {
        self.code = code
        self.field = field
        self.values = values.filter { !Input.secretNames.contains($0.name) }
    }

    /// The value of the cookie. Kept values that do not fit any more are left out.
    func sealed(with keyring: Keyring, at now: Instant) -> String {
        let limit = Flash.maximumSize * 3 / 4 - Flash.overhead
        var kept = JSONObject()
        var message = encoded(kept, at: now)
        for value in values {
            var longer = kept
            longer[value.name] = .string(value.value)
            let candidate = encoded(longer, at: now)
            guard candidate.count <= limit else { continue }
            (kept, message) = (longer, candidate)
        }
        let box = SealedBox.seal(message, context: Flash.context, key: keyring.active(.flash))
        let id = keyring.activeID.bigEndianBytes
        return Base64URL.encode(id + box)
    }

    private func encoded(_ kept: JSONObject, at now: Instant) -> [UInt8] {
        let until = (now + Flash.lifetime).seconds
        let message: JSONValue = [
            "until": .integer(until), "code": .string(code), "field": JSONValue(field), "values": .object(kept),
        ]
        return message.encoded()
    }

    /// Nil when it has expired, or is not what one of our keys sealed.
    init?(opening cookie: String, with keyring: Keyring, at now: Instant) {
        guard cookie.utf8.count <= Flash.maximumSize, let bytes = Base64URL.decode(cookie), bytes.count > 4 else {
            return nil
        }
        let id = bytes.prefix(4).reduce(0) { $0 << 8 | Keyring.KeyID($1) }
        guard let key = keyring.key(.flash, id: id),
            let message = SealedBox.open(Array(bytes.dropFirst(4)), context: Flash.context, key: key),
            let json = try? JSONValue.parse(message),
            case .integer(let until)? = json["until"], now.seconds < until,
            case .string(let code)? = json["code"], case .object(let kept)? = json["values"]
        else { return nil }
        let field: String? = if case .string(let name)? = json["field"] { name } else { nil }
        let values = kept.members.compactMap { member -> KeptValue? in
            guard case .string(let value) = member.value else { return nil }
            return KeptValue(name: member.name, value: value)
        }
        self.init(code: code, field: field, values: values)
    }
}
