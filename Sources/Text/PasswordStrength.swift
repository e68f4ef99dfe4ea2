internal import CZxcvbn

/// How guessable a password is, by zxcvbn's dictionaries and patterns.
package enum PasswordStrength {
    /// Bits of guessing work; `context` holds words that an attacker of this person tries first.
    ///
    /// Only the first 100 bytes are looked at: the time is more than linear in the length.
    package static func bits(_ password: [UInt8], context: [String]) -> Double {
        var text = password.prefix(100).map { CChar(bitPattern: $0) } + [0]
        defer { for index in text.indices { text[index] = 0 } }
        var words = context.map { UnsafePointer<CChar>(strdup($0)) } + [nil]
        defer { for word in words { free(UnsafeMutablePointer(mutating: word)) } }
        return words.withUnsafeMutableBufferPointer { words in ZxcvbnMatch(text, words.baseAddress, nil) }
    }
}
