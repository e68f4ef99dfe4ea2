import Crypto
import Domain
import Support

@testable import AuthFCGI
@testable import Persistence

/// Tokens, cookies that we sealed, identifiers, stored parameters, policies.
enum TokensTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        case UInt8(ascii: "s"): try judgeToken(rest.text)
        case UInt8(ascii: "i"): try judgeIdentifier(rest.text)
        case UInt8(ascii: "b"): try judgeEncodings(rest)
        case UInt8(ascii: "f"): try judgeFlash(rest.text)
        case UInt8(ascii: "o"): try judgeOpenedFlash(rest.bytes)
        case UInt8(ascii: "d"): try judgeDevice(rest)
        case UInt8(ascii: "x"): try judgeBox(rest.bytes)
        case UInt8(ascii: "p"): try judgeParameters(rest.text)
        case UInt8(ascii: "c"): try judgePolicy(rest.text)
        default: break
        }
    }

    private static func judgeToken(_ text: String) throws(Violation) {
        guard let token = SessionToken(text) else { return }
        try hold(token.reveal() == text && text.utf8.count == 88, "\(text) is another")
        try hold(text.wholeMatch(of: /s_[A-Za-z0-9_-]{86}/) != nil, "\(text) is no token")
    }

    private static func judgeIdentifier(_ text: String) throws(Violation) {
        guard let id = SessionID(text) else { return }
        try hold(id.description.utf8.elementsEqual(text.utf8), "\(text) is \(id)")
    }

    private static func judgeEncodings(_ input: FuzzInput) throws(Violation) {
        let text = input.text
        if let decoded = Base64URL.decode(text) {
            try hold(Base64URL.encode(decoded).utf8.elementsEqual(text.utf8), "another text for the same bytes")
        }
        if let decoded = Hex.decode(text) {
            try hold(Hex.encode(decoded) == text.lowercased(), "hexadecimal digits became others")
        }
        try hold(Base64URL.decode(Base64URL.encode(input.bytes)) == input.bytes, "base 64 of the bytes")
        try hold(Hex.decode(Hex.encode(input.bytes)) == input.bytes, "hexadecimal of the bytes")
    }

    /// Nobody can make one of ours.
    private static func judgeFlash(_ text: String) throws(Violation) {
        try hold(Flash(opening: text, with: .test, at: .test) == nil, "a forged cookie was opened")
        let cookies = FlashCookies(keyring: .test, isSecure: true)
        try hold(cookies.open("__Host-flash=" + text, at: .test) == nil, "a forged cookie was opened")
        // No input that is kept in one has a NUL.
        guard !text.utf8.contains(0) else { return }
        let sealed = Flash(code: "c", field: nil, values: [Flash.KeptValue(name: "name", value: text)])
            .sealed(with: .test, at: .test)
        try hold(sealed.utf8.count <= Flash.maximumSize, "a cookie of \(sealed.utf8.count) bytes")
        guard let opened = Flash(opening: sealed, with: .test, at: .test) else {
            throw Violation(description: "our own cookie is not opened")
        }
        try hold(opened.values.allSatisfy { $0.value == text }, "\(text) came back as \(opened.values)")
    }

    /// What our key has sealed, whatever it says.
    private static func judgeOpenedFlash(_ message: [UInt8]) throws(Violation) {
        let box = SealedBox.seal(message, context: "flash/v1", key: Keyring.test.active(.flash))
        let id = withUnsafeBytes(of: Keyring.test.activeID.bigEndian) { Array($0) }
        guard let flash = Flash(opening: Base64URL.encode(id + box), with: .test, at: .test) else { return }
        try hold(flash.values.allSatisfy { !Input.secretNames.contains($0.name) }, "a secret would be shown")
    }

    /// Nobody can make one of ours; what our key has sealed is read whatever it says, and written as the same.
    private static func judgeDevice(_ input: FuzzInput) throws(Violation) {
        let cookies = DeviceCookies(keyring: .test, isSecure: true)
        try hold(cookies.open("__Host-device=" + input.text, at: .test) == nil, "a forged cookie was opened")
        let box = SealedBox.seal(input.bytes, context: "device/v1", key: Keyring.test.active(.device))
        let id = withUnsafeBytes(of: Keyring.test.activeID.bigEndian) { Array($0) }
        guard let device = cookies.open("__Host-device=" + Base64URL.encode(id + box), at: .test) else { return }
        try hold(input.bytes.count == 48, "\(input.bytes.count) bytes are a device")
        let again = cookies.cookie(device, at: .test).split(separator: ";")[0]
        try hold(cookies.open(String(again), at: .test)?.id == device.id, "another device came back")
    }

    private static func judgeBox(_ bytes: [UInt8]) throws(Violation) {
        let key = Keyring.test.active(.flash)
        try hold(SealedBox.open(bytes, context: "flash/v1", key: key) == nil, "a forged box was opened")
        let box = SealedBox.seal(bytes, context: "a", key: key)
        try hold(SealedBox.open(box, context: "a", key: key) == bytes, "a box lost its content")
        guard let place = bytes.first.map({ Int($0) % box.count }) else { return }
        var changed = box
        changed[place] ^= 1
        try hold(SealedBox.open(changed, context: "a", key: key) == nil, "a changed box was opened")
        try hold(SealedBox.open(box, context: "b", key: key) == nil, "a box was opened elsewhere")
    }

    private static func judgeParameters(_ text: String) throws(Violation) {
        guard let parameters = try? PasswordParameters(packed: text) else { return }
        try hold(parameters.salt.count == 16, "a salt of \(parameters.salt.count) bytes")
        // What the database holds is no reason to trap, either.
        if !parameters.cost.isValid {
            let hash = PasswordHashing.argon2id(Secret("a"), salt: parameters.salt, cost: parameters.cost)
            try hold(hash == nil, "\(parameters.cost) was computed")
        }
    }

    private static func judgePolicy(_ text: String) throws(Violation) {
        guard let policy = try? CheckPolicy(parsing: text) else { return }
        try hold(!text.contains("$") && !text.contains("%"), "\(text) has a variable")
        guard case .allowed(nil) = policy.decide(nil, at: .test) else {
            return try hold(!policy.isOptional, "\(text) is optional and denies")
        }
        try hold(policy.isOptional && text.contains("optional=1"), "\(text) lets anybody in")
        if let age = policy.maximumAge { try hold(age > .zero && age <= .days(365), "\(text) has the age \(age)") }
    }
}
