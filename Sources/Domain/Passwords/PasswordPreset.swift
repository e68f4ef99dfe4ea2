/// A named set of rules for new passwords.
package enum PasswordPreset: String, Sendable, CaseIterable {
    /// Length and guessability only (NIST SP 800-63B).
    case standard
    /// Eight characters with lower case, upper case, a digit and one of `@$!%*?&` (S1.8).
    case seedStrict = "seed-strict"
    /// Eight to 55 characters with a digit and an upper case letter (S4.66).
    case usrak
}
