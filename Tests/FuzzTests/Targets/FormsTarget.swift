import Crypto
import Domain
import Foundation

@testable import AuthFCGI

/// Bodies: forms, JSON objects, and what handlers ask of either.
enum FormsTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        case UInt8(ascii: "u"): try judgeFields(rest.bytes)
        case UInt8(ascii: "f"): try judge { () throws(Failure) in try Input.form(rest.bytes) }
        case UInt8(ascii: "j"): try judge { () throws(Failure) in try Input.json(rest.bytes) }
        default: break
        }
    }

    private static func judgeFields(_ bytes: [UInt8]) throws(Violation) {
        let fields: [URLEncoded.Field]
        do throws(Failure) {
            fields = try URLEncoded.decode(bytes, secrets: ["password"])
        } catch {
            return try isRefused(error)
        }
        try hold(fields.count <= 100, "\(fields.count) fields")
        try hold(Set(fields.map(\.name)).count == fields.count, "a name stands twice")
        // The plain rule: cut at `&` and `=`, `+` is a space, and Foundation undoes the rest.
        let pairs = bytes.isEmpty ? [] : bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        try hold(pairs.count == fields.count, "\(pairs.count) pairs became \(fields.count) fields")
        for (pair, field) in zip(pairs, fields) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let texts = [parts[0], parts.count > 1 ? parts[1] : []].map(FormsTarget.decoded)
            let value =
                switch field.value {
                case .text(let text): text
                case .secret(let secret): secret.reveal()
                }
            try hold(texts == [field.name, value], "\(texts) was read as \(field.name) and \(value)")
            try hold(1...64 ~= field.name.utf8.count && value.utf8.count <= 4096, "a field that is too long")
            try hold(
                URLEncoded.text(URLEncoded.encode(value).utf8, limit: 4096) == value, "\(value) is not encoded truly")
            if case .text = field.value, field.name == "password" {
                throw Violation(description: "a secret became text")
            }
        }
    }

    /// Foundation decodes text, in which a character is escaped as a whole or not at all.
    private static func decoded(_ part: ArraySlice<UInt8>) -> String? {
        part.map { byte in
            switch byte {
            case UInt8(ascii: "+"): "%20"
            case 0x80...: "%" + Hex.encode([byte])
            default: String(UnicodeScalar(byte))
            }
        }.joined().removingPercentEncoding
    }

    private static func judge(_ read: () throws(Failure) -> Input) throws(Violation) {
        let input: Input
        do throws(Failure) {
            input = try read()
        } catch {
            return try isRefused(error)
        }
        try hold(input.names.count <= 100, "\(input.names.count) fields")
        for name in input.names {
            try hold(input.has(name), "\(name) is not there")
            let isSecret = Input.secretNames.contains(name)
            do throws(Failure) {
                if isSecret { _ = try input.secret(name) } else { _ = try input.text(name) }
                _ = try input.flag(name)
            } catch {
                try isRefused(error)
            }
        }
        let kept = input.keepable.map(\.name)
        try hold(Input.secretNames.isDisjoint(with: kept), "a secret would be shown again")
        do throws(Failure) {
            try input.only(["email", "password"])
        } catch {
            try isRefused(error)
        }
    }

    /// Whatever a client sends is its doing, not ours.
    private static func isRefused(_ failure: Failure) throws(Violation) {
        guard case .refused = failure else { throw Violation(description: "a fault: \(failure)") }
    }
}
