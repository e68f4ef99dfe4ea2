package import Crypto
import Text

/// What a new password must be: the whole rule, evaluated item by item so that a person hears everything at once.
///
/// Characters are Unicode scalars of the normal form (NFC).
package struct PasswordPolicy: Sendable {
    /// More than this is refused before anything is computed: nobody types it, and hashing is paid by the byte.
    package static let maximumBytes = 1024

    /// Bits of guessing work, below which a password counts as guessable.
    ///
    /// Measured with libzxcvbn 2.5: the long passwords of the common lists (`passwordpassword`, keyboard walks such as
    /// `1q2w3e4r5t6y7u8i`) reach 35 at most, and context words with their usual endings 14; eight random
    /// characters and sentences of four common words begin at 40.
    package static let requiredBits = 36.0

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
        var complaints = shapeComplaints(bytes, field: field)
        let words = contextWords + context.flatMap(ContextWords.words)
        if PasswordStrength.bits(bytes, context: words) < PasswordPolicy.requiredBits {
            complaints.append(Complaint(field, "weak_password"))
        }
        if let blockList, try blockList.contains(sha1: SHA1.digest(of: password)) {
            complaints.append(Complaint(field, "breached_password"))
        }
        return complaints
    }

    private func shapeComplaints(_ bytes: [UInt8], field: String) -> [Complaint] {
        var count = 0
        var met: Set<PasswordClass> = []
        var iterator = bytes.makeIterator()
        var decoder = UTF8()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            count += 1
            met.formUnion(preset.classes.filter { $0.contains(scalar) })
        }
        var complaints: [Complaint] = []
        if count < minimum { complaints.append(Complaint(field, "too_short", ["min": minimum])) }
        if let maximum, count > maximum { complaints.append(Complaint(field, "too_long", ["max": maximum])) }
        return complaints + preset.classes.filter { !met.contains($0) }.map { Complaint(field, $0.code) }
    }
}
