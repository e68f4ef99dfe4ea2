/// A named set of rules for new passwords.
package enum PasswordPreset: String, Sendable, CaseIterable {
    /// Length and guessability only (NIST SP 800-63B).
    case standard
    /// Eight characters with lower case, upper case, a digit and one of `@$!%*?&` (S1.8).
    case seedStrict = "seed-strict"
    /// Eight to 55 characters with a digit and an upper case letter (S4.66).
    case usrak

    /// Characters at least; fifteen where the password is the only factor and no class is asked for.
    package var minimum: Int {
        switch self {
        case .standard: 15
        case .seedStrict, .usrak: 8
        }
    }

    /// Characters at most.
    package var maximum: Int? {
        switch self {
        case .standard, .seedStrict: nil
        case .usrak: 55
        }
    }

    /// Of each at least one.
    package var classes: [PasswordClass] {
        switch self {
        case .standard: []
        case .seedStrict: PasswordClass.allCases
        case .usrak: [.uppercase, .digit]
        }
    }
}

/// A kind of character that a preset asks for.
package enum PasswordClass: String, Sendable, CaseIterable {
    case lowercase
    case uppercase
    case digit
    case symbol

    /// The characters that count as symbols.
    package static let symbols = "@$!%*?&"

    /// The code of the complaint when it is missing.
    package var code: String { "needs_\(rawValue)" }

    /// Letters and digits of every script count, so that nobody needs a foreign keyboard.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .lowercase: scalar.properties.isLowercase
        case .uppercase: scalar.properties.isUppercase
        case .digit: scalar.properties.generalCategory == .decimalNumber
        case .symbol: PasswordClass.symbols.unicodeScalars.contains(scalar)
        }
    }
}
