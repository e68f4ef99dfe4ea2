internal import Crypto
internal import Domain
internal import JSON

/// What a queued mail says, sealed: it may hold a token that opens an account.
///
/// Layout: the key's number (4 bytes), the box. It is bound to its row: in another one it does not open.
enum SealedPayload {
    static func seal(_ values: [String: String], of id: MessageID, with keyring: Keyring) -> [UInt8] {
        let object = JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) })
        let box = SealedBox.seal(
            JSONValue.object(object).encoded(), context: context(id), key: keyring.active(.mail))
        return keyring.activeID.bigEndianBytes + box
    }

    /// Nil for what none of our keys sealed for this row.
    static func open(_ sealed: [UInt8], of id: MessageID, with keyring: Keyring) -> [String: String]? {
        guard sealed.count > 4,
            let key = keyring.key(.mail, id: sealed.prefix(4).reduce(0) { $0 << 8 | Keyring.KeyID($1) }),
            let message = SealedBox.open(Array(sealed.dropFirst(4)), context: context(id), key: key),
            case .object(let object)? = try? JSONValue.parse(message)
        else { return nil }
        var values: [String: String] = [:]
        for member in object.members {
            guard case .string(let text) = member.value else { return nil }
            values[member.name] = text
        }
        return values
    }

    private static func context(_ id: MessageID) -> String { "outbox/v1/\(id)" }
}
