package import Crypto
import Text

/// What a new password must be: the whole rule, evaluated item by item so that a person hears everything at once.
///
/// Characters are Unicode scalars of the normal form (NFC).
package struct PasswordPolicy: Sendable {
    /// More than this is refused before anything is computed: nobody types it, and hashing is paid by the byte.
    package static let maximumBytes = 1024

    /// Bits of guessing work, below which a password counts as guessable: three for each character, at most 36.
    ///
    /// Measured with libzxcvbn 2.5. Of the long passwords of the common lists, keyboard walks such as `1q2w3e4r5t6y7u8i`
    /// come highest, with 35; 15 random lower-case letters have 40 at least, four common words 52. Common passwords of
    /// eight to twelve characters stay below 2.5 for each character; one in a thousand of eight random letters and
    /// digits has less than 3.
    static func requiredBits(characters: Int) -> Double {
        Double(min(characters * 3, 36))
    }

    package let preset: PasswordPreset
    /// Characters at least.
    package let minimum: Int
    private let contextWords: [String]
    private let blockList: (any PasswordBlockList)?

    /// - Parameters:
    ///   - minimum: characters at least; it can raise the preset's figure, not lower it, up to the preset's maximum.
    ///   - contextWords: texts that nobody's password may consist of: the name of the site.
    package init(
        preset: PasswordPreset, minimum: Int? = nil, contextWords: [String] = [],
        blockList: (any PasswordBlockList)? = nil
    ) {
        self.preset = preset
        self.minimum = min(max(preset.minimum, minimum ?? 0), preset.maximum ?? PasswordPolicy.maximumBytes)
        self.contextWords = contextWords.flatMap(ContextWords.words)
        self.blockList = blockList
    }

    /// Characters at most; nil when only the bytes are limited.
    package var maximum: Int? { preset.maximum }

    /// The form in which a password is set and checked alike: NFC, otherwise to the byte.
    ///
    /// Nil for what is not UTF-8, holds a NUL or an unassigned code point, or has more than 1,024 bytes.
    package static func normalized(_ password: Secret) -> Secret? {
        guard password.count <= maximumBytes else { return nil }
        var typed = password.copyBytes()
        defer { wipe(&typed) }
        guard var composed = Normalization.nfc(bytes: typed) else { return nil }
        defer { wipe(&composed) }
        return composed.count <= maximumBytes ? Secret(composed) : nil
    }

    /// Every rule that the password does not meet; none when it may be set.
    ///
    /// - Parameter context: what an attacker knows of this person: mail address, username, name.
    package func complaints(
        about password: Secret, field: String, context: [String]
    ) throws(Failure) -> [Complaint] {
        guard password.count <= PasswordPolicy.maximumBytes else {
            return [Complaint(field, "too_long", ["max": PasswordPolicy.maximumBytes])]
        }
        guard let password = PasswordPolicy.normalized(password) else { return [Complaint(field, "not_text")] }
        var bytes = password.copyBytes()
        defer { wipe(&bytes) }
        let shape = Shape(bytes)
        var complaints = complaints(about: shape, field: field)
        let words = contextWords + context.flatMap(ContextWords.words)
        let required = PasswordPolicy.requiredBits(characters: max(shape.count, minimum))
        if PasswordStrength.bits(bytes, context: words) < required {
            complaints.append(Complaint(field, "weak_password"))
        }
        if let blockList, try blockList.contains(sha1: SHA1.digest(of: password)) {
            complaints.append(Complaint(field, "breached_password"))
        }
        return complaints
    }

    /// How long a password is and which classes of characters it has.
    private struct Shape {
        var count = 0
        var classes: Set<PasswordClass> = []

        init(_ bytes: [UInt8]) {
            var iterator = bytes.makeIterator()
            var decoder = UTF8()
            while case .scalarValue(let scalar) = decoder.decode(&iterator) {
                count += 1
                classes.formUnion(PasswordClass.allCases.filter { $0.contains(scalar) })
            }
        }
    }

    private func complaints(about shape: Shape, field: String) -> [Complaint] {
        var complaints: [Complaint] = []
        if shape.count < minimum { complaints.append(Complaint(field, "too_short", ["min": minimum])) }
        if let maximum, shape.count > maximum { complaints.append(Complaint(field, "too_long", ["max": maximum])) }
        return complaints + preset.classes.filter { !shape.classes.contains($0) }.map { Complaint(field, $0.code) }
    }
}
