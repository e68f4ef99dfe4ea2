import Crypto
import Domain

extension Input {
    /// The first of several names under which clients send the same field.
    func text(anyOf names: [String]) throws(Failure) -> String? {
        for name in names {
            if let text = try text(name) { return text }
        }
        return nil
    }

    /// The same, with an empty field taken for none: a form sends its empty fields too.
    func filled(anyOf names: [String]) throws(Failure) -> String? {
        guard let text = try text(anyOf: names), !text.isEmpty else { return nil }
        return text
    }

    /// A secret that may be there; an empty field of a form counts as none.
    func filledSecret(_ name: String) throws(Failure) -> Secret? {
        guard let secret = try secret(name), !secret.isEmpty else { return nil }
        return secret
    }

    /// A secret that must be there.
    func required(_ name: String) throws(Failure) -> Secret {
        guard let secret = try secret(name), !secret.isEmpty else { throw .refused(InvalidInput(name, "required")) }
        return secret
    }
}
