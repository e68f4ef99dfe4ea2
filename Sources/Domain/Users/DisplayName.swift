import Text

/// What a person is called on pages and in mails: any script, nothing invisible.
package struct DisplayName: Sendable, Hashable {
    /// Characters at most, counted as Unicode scalars like the database counts them.
    package static let maximum = 100

    /// More marks on one letter than any script needs run over the lines above and below.
    private static let mostMarks = 8

    package let text: String

    /// Composes (NFC) and drops spaces at both ends, then wants 1 to 100 characters.
    ///
    /// Nil for control characters, line separators, marks that turn the direction of writing, and everything else
    /// without a shape of its own, because it could make one name look like another; joiners stay where a script or
    /// an emoji needs them.
    package init?(_ input: String) {
        guard input.utf8.count <= 4096, let composed = Normalization.nfc(input) else { return nil }
        let scalars = Array(composed.unicodeScalars.trimmed { $0.properties.generalCategory == .spaceSeparator })
        guard (1...DisplayName.maximum).contains(scalars.count), let first = scalars.first, !first.isMark else {
            return nil
        }
        for (index, scalar) in scalars.enumerated() where !scalar.isVisibleOrSpace {
            guard index > 0,
                DisplayName.accepts(scalar, after: scalars[index - 1], before: scalars.dropFirst(index + 1).first)
            else { return nil }
        }
        let runsOfMarks = scalars.split { !$0.isMark }
        guard runsOfMarks.allSatisfy({ $0.count <= DisplayName.mostMarks }) else { return nil }
        text = String(String.UnicodeScalarView(scalars))
    }

    /// What was stored; it was accepted when it was written.
    package init(stored text: String) {
        self.text = text
    }

    /// The few invisible characters that writing needs: joiners in emoji, after a virama (RFC 5892, A.1 and A.2) and in
    /// Arabic script, and the selectors of an emoji's appearance.
    private static func accepts(
        _ scalar: Unicode.Scalar, after previous: Unicode.Scalar, before next: Unicode.Scalar?
    ) -> Bool {
        switch scalar {
        case "\u{FE0E}", "\u{FE0F}":
            return previous.properties.isEmoji
        case "\u{200D}":
            guard let next else { return false }
            return previous.isPartOfEmoji && next.isPartOfEmoji || previous.isVirama
        case "\u{200C}":
            guard let next else { return false }
            return previous.isVirama || previous.isArabic && next.isArabic
        default:
            return false
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    fileprivate var isVisibleOrSpace: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !properties.isDefaultIgnorableCodePoint
        }
    }

    fileprivate var isPartOfEmoji: Bool {
        self == "\u{FE0F}" || !isASCII && properties.isEmoji
    }

    fileprivate var isVirama: Bool { properties.canonicalCombiningClass == .virama }

    fileprivate var isArabic: Bool { ("\u{0620}"..."\u{06FF}").contains(self) && properties.isAlphabetic }
}

extension BidirectionalCollection {
    fileprivate func trimmed(where isTrimmed: (Element) -> Bool) -> SubSequence {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else {
            return start[start.startIndex..<start.startIndex]
        }
        return start[...last]
    }
}
