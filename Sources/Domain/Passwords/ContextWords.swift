import Text

/// The words that an attacker of one person or site tries first.
enum ContextWords {
    /// Shorter ones say nothing: they stand in every text.
    private static let shortest = 3

    /// The text itself, its parts, and the parts written together, all in lower case: for `hildegard.knef@example.org`
    /// also `hildegard`, `knef`, `example` and `hildegardknefexampleorg`.
    static func words(in text: String) -> [String] {
        guard let text = Normalization.nfc(text)?.lowercased() else { return [] }
        let parts = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return Set([text, parts.joined()] + parts).filter { $0.utf8.count >= shortest }.sorted()
    }
}
