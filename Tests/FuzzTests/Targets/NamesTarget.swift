import Crypto
import Foundation
import Text

@testable import Domain

/// What people are called and sign in with: one spelling for each, and reading it again changes nothing.
enum NamesTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        let text = rest.text
        switch choice {
        case UInt8(ascii: "e"): try judgeEmail(text)
        case UInt8(ascii: "u"): try judgeUsername(text)
        case UInt8(ascii: "d"): try judgeDisplayName(text)
        case UInt8(ascii: "h"): try judgeDomain(text)
        case UInt8(ascii: "n"): try judgeNormalization(rest.bytes)
        case UInt8(ascii: "p"): try judgePassword(rest.bytes)
        default: break
        }
    }

    private static func judgeEmail(_ text: String) throws(Violation) {
        guard let email = EmailAddress(text) else { return }
        try hold(email.text.utf8.count <= 254 && email.key.utf8.count <= 254, "longer than an address may be")
        for spelling in [email.text, email.key] {
            guard let again = EmailAddress(spelling) else {
                throw Violation(description: "\(spelling) is not accepted again")
            }
            try hold(
                again.key == email.key && bytes(again.key) == bytes(email.key), "\(spelling) has the key \(again.key)")
        }
        try hold(EmailAddress(email.text).map { bytes($0.text) } == bytes(email.text), "\(email.text) is written anew")
        try hold(email.text.utf8.filter { $0 == 0x40 }.count == 1, "\(email.text) has not one @")
        let forbidden = CharacterSet.controlCharacters.union(.whitespacesAndNewlines).union([
            "\"", "(", ")", ",", ":", ";", "<", ">", "[", "]", "\\",
        ])
        try hold(email.text.rangeOfCharacter(from: forbidden) == nil, "\(email.text) could be more than an address")
    }

    private static func judgeUsername(_ text: String) throws(Violation) {
        guard let name = Username(text) else { return }
        try hold(name.text.wholeMatch(of: /[a-z0-9][a-z0-9._-]{1,30}/) != nil, "\(name.text) is no username")
        try hold(Username(name.text) == name, "\(name.text) is another the second time")
        try hold(Username(name.text.uppercased()) == name, "\(name.text) depends on case")
    }

    private static func judgeDisplayName(_ text: String) throws(Violation) {
        guard let name = DisplayName(text) else { return }
        try hold(1...100 ~= name.text.unicodeScalars.count, "\(name.text.unicodeScalars.count) characters")
        guard let again = DisplayName(name.text) else {
            throw Violation(description: "\(name.text) is not accepted again")
        }
        try hold(bytes(again.text) == bytes(name.text), "\(name.text) is another the second time")
        try hold(
            !name.text.unicodeScalars.contains { $0.properties.isBidiControl }, "it turns the direction of writing")
        try hold(
            !name.text.unicodeScalars.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value },
            "it has a control character")
    }

    private static func judgeDomain(_ text: String) throws(Violation) {
        guard let domain = DomainName.ascii(text) else { return }
        try hold(domain.utf8.count <= 253, "a domain of \(domain.utf8.count) bytes")
        try hold(
            domain.wholeMatch(of: /([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?/) != nil,
            "\(domain) is no name")
        try hold(
            DomainName.ascii(domain) == domain, "\(domain) is read again as \(DomainName.ascii(domain) ?? "nothing")")
    }

    private static func judgeNormalization(_ input: [UInt8]) throws(Violation) {
        if let composed = Normalization.nfc(bytes: input) {
            try hold(Normalization.nfc(bytes: composed) == composed, "NFC twice is not NFC once")
            guard let text = String(validating: composed, as: UTF8.self),
                let typed = String(validating: input, as: UTF8.self)
            else { throw Violation(description: "what is not UTF-8 was composed") }
            try hold(text == typed, "NFC has changed what it means")
            try hold(bytes(typed.precomposedStringWithCanonicalMapping) == composed, "Foundation composes differently")
        }
        let text = String(decoding: input, as: UTF8.self)
        for fold in [Normalization.caseFolded, Normalization.nfkcCaseFolded] {
            guard let folded = fold(text) else { continue }
            try hold(
                fold(folded).map(bytes) == bytes(folded), "folding \(folded.debugDescription) twice is not folding once"
            )
        }
    }

    private static func judgePassword(_ bytes: [UInt8]) throws(Violation) {
        let secret = Secret(bytes)
        if let normal = PasswordPolicy.normalized(secret) {
            try hold(normal.count <= 1024, "\(normal.count) bytes")
            try hold(PasswordPolicy.normalized(normal)?.equals(normal) == true, "normal twice is not normal once")
        }
        let policy = PasswordPolicy(preset: .standard, contextWords: ["Example"])
        do throws(Failure) {
            _ = try policy.complaints(
                about: secret, field: "password", context: [String(decoding: bytes.prefix(40), as: UTF8.self)])
        } catch {
            throw Violation(description: "\(error)")
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
