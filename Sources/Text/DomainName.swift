internal import CIDN2

/// Internationalised domain names (IDNA 2008 with the mapping of UTS 46), by libidn2.
package enum DomainName {
    /// The lower-case ASCII form; nil when the text is not a host name with at least two labels.
    package static func ascii(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= 253, !text.utf8.contains(0) else { return nil }
        // The mapping would drop them, and two texts that look alike would be one name.
        guard text.unicodeScalars.allSatisfy({ !$0.properties.isDefaultIgnorableCodePoint }) else { return nil }
        var output: UnsafeMutablePointer<CChar>?
        // Without IDN2_USE_STD3_ASCII_RULES, which drops `_` and `/` in silence: they are refused below.
        let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
        guard idn2_to_ascii_8z(text, &output, flags) == IDN2_OK.rawValue, let output else { return nil }
        defer { idn2_free(output) }
        let ascii = String(cString: output).lowercased()
        let labels = ascii.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, ascii.utf8.count <= 253, let last = labels.last else { return nil }
        let lettersAndDigits = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (97...122).contains(byte) || (48...57).contains(byte) || byte == 45
                }
        }
        // A last label of digits only is an IPv4 address, not a domain.
        return lettersAndDigits && !last.utf8.allSatisfy { (48...57).contains($0) } ? ascii : nil
    }
}
