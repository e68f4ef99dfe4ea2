import Crypto
import Domain
import JSON

/// The decoded input of a request, from a form or from a JSON object: handlers read both the same way.
struct Input: Sendable {
    /// What never becomes text, is never kept and never shown again.
    static let secretNames: Set = [
        "password", "new_password", "current_password", "raw_password", "token", "code",
    ]

    /// What nobody may give about himself; a form with such a field is refused, not silently trimmed (decisions 6).
    static let privilegedNames: Set = [
        "role", "is_admin", "is_superuser", "is_active", "is_verified", "tier", "id", "user_id", "sub",
    ]

    private enum Source: Sendable {
        case form
        case json
    }

    private enum Value: Sendable {
        case text(String)
        case secret(Secret)
        case other(JSONValue)
    }

    private let source: Source
    private var values: [String: Value] = [:]
    /// In the order in which they were sent.
    let names: [String]

    /// A request without a body.
    static let empty = Input(source: .form, fields: [])

    private init(source: Source, fields: [(String, Value)]) {
        self.source = source
        names = fields.map(\.0)
        for (name, value) in fields { values[name] = value }
    }

    static func form(_ bytes: [UInt8]) throws(Failure) -> Input {
        let fields = try URLEncoded.decode(bytes, secrets: secretNames)
        return Input(
            source: .form,
            fields: fields.map { field in
                switch field.value {
                case .text(let text): (field.name, .text(text))
                case .secret(let secret): (field.name, .secret(secret))
                }
            })
    }

    /// The body has to be one object; its members have the limits of form fields.
    static func json(_ bytes: [UInt8]) throws(Failure) -> Input {
        guard case .object(let object)? = try? JSONValue.parse(bytes),
            object.members.count <= URLEncoded.maximumFields
        else { throw .refused(MalformedInput.unreadable) }
        var fields: [(String, Value)] = []
        for member in object.members {
            guard (1...URLEncoded.maximumName).contains(member.name.utf8.count) else {
                throw .refused(MalformedInput.unreadable)
            }
            guard case .string(let text) = member.value else {
                fields.append((member.name, .other(member.value)))
                continue
            }
            guard text.utf8.count <= URLEncoded.maximumValue else { throw .refused(MalformedInput.unreadable) }
            let isSecret = secretNames.contains(member.name)
            fields.append((member.name, isSecret ? .secret(Secret(text)) : .text(text)))
        }
        return Input(source: .json, fields: fields)
    }

    /// Nil when the field was not sent.
    func text(_ name: String) throws(Failure) -> String? {
        switch values[name] {
        case nil: return nil
        case .text(let text)?: return text
        case .other?: throw .refused(InvalidInput(name, "wrong_type"))
        case .secret?: throw .defect("the secret field \(name) was asked for as text")
        }
    }

    /// Nil when the field was not sent; only for names among `secretNames`.
    func secret(_ name: String) throws(Failure) -> Secret? {
        switch values[name] {
        case nil: return nil
        case .secret(let secret)?: return secret
        case .other?: throw .refused(InvalidInput(name, "wrong_type"))
        case .text?: throw .defect("the field \(name) was asked for as a secret but is not declared as one")
        }
    }

    /// A checkbox of a form or a JSON boolean; nil when it was not sent.
    func flag(_ name: String) throws(Failure) -> Bool? {
        switch (source, values[name]) {
        case (_, nil): return nil
        case (.json, .other(.bool(let value))?): return value
        case (.form, .text(let text)?) where ["on", "1", "true"].contains(text): return true
        case (.form, .text(let text)?) where ["", "0", "false"].contains(text): return false
        default: throw .refused(InvalidInput(name, "wrong_type"))
        }
    }

    /// Whether the field is JSON's null: a merge patch removes a value so (RFC 7396).
    func isNull(_ name: String) -> Bool {
        if case .other(.null)? = values[name] { true } else { false }
    }

    var isForm: Bool { source == .form }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// A text that decides about the answer, not about the act: what is no text is not there.
    func kept(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    /// What a refused form may show again: what was typed, but no secret and no address to go to.
    var keepable: [Flash.KeptValue] {
        names.filter { !Input.commonNames.contains($0) }.compactMap { name in
            kept(name).map { Flash.KeptValue(name: name, value: $0) }
        }
    }

    /// Refuses names that the endpoint does not know: in JSON every one, in a form the privileged ones, because a
    /// form also carries its submit button and what other software puts there (decisions 6).
    func only(_ allowed: Set<String>) throws(Failure) {
        let unknown = names.filter { name in
            !allowed.contains(name) && (source == .json || Input.privilegedNames.contains(name))
        }
        guard unknown.isEmpty else {
            throw .refused(InvalidInput(unknown.map { Complaint($0, "unknown_field") }))
        }
    }
}
