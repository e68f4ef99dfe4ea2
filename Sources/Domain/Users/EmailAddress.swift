import Text

/// One mailbox: what a person typed, in normal form, and the key that says which account it belongs to.
///
/// `text` is stored, shown and written to; `key` is unique. Both come from this one function (security I5, E5).
package struct EmailAddress: Sendable, Hashable {
    package let text: String
    package let key: String

    /// Nil for anything but `local@domain` of at most 254 bytes (RFC 5321, 4.5.3.1.3): no list, no display name,
    /// no comment, no quoted local part, no source route, no address literal, no control or space characters.
    package init?(_ input: String) {
        guard (3...254).contains(input.utf8.count), let composed = Normalization.nfc(input) else { return nil }
        let parts = composed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, EmailAddress.acceptsLocalPart(parts[0]) else { return nil }
        guard let domain = DomainName.ascii(String(parts[1])) else { return nil }
        // Folding can make a letter longer: the key has to be an address as well.
        guard let local = Normalization.caseFolded(String(parts[0])), local.utf8.count <= EmailAddress.localPartLimit
        else {
            return nil
        }
        text = "\(parts[0])@\(domain)"
        key = "\(local)@\(domain)"
        guard text.utf8.count <= 254, key.utf8.count <= 254 else { return nil }
    }

    /// What was stored; it was accepted when it was written.
    package init(storedText text: String, key: String) {
        self.text = text
        self.key = key
    }

    package var localPart: String { String(text.prefix { $0 != "@" }) }

    package static func == (left: EmailAddress, right: EmailAddress) -> Bool { left.key == right.key }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }

    /// In bytes (RFC 5321, 4.5.3.1.1).
    private static let localPartLimit = 64

    /// A dot-atom (RFC 5322, 3.2.3; RFC 6531 for letters beyond ASCII) without `%` and `!`, which once meant routes.
    private static func acceptsLocalPart(_ part: Substring) -> Bool {
        guard (1...localPartLimit).contains(part.utf8.count), part.first != ".", part.last != ".", !part.contains("..")
        else {
            return false
        }
        return part.unicodeScalars.allSatisfy { scalar in
            if scalar.isASCII {
                return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "#$&'*+-/=?^_`{|}~.".unicodeScalars.contains(scalar)
            }
            return scalar.properties.generalCategory.isLetterOrDigitOrMark
                && !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}

extension Unicode.GeneralCategory {
    var isLetterOrDigitOrMark: Bool {
        switch self {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .nonspacingMark, .spacingMark:
            true
        default: false
        }
    }
}
