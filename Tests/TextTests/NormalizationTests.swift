import Testing
import Text

@Suite struct NormalizationTests {
    @Test(arguments: [
        ("a\u{308}", "\u{E4}"), ("\u{E4}", "\u{E4}"), ("\u{212B}", "\u{C5}"), ("q\u{323}\u{307}", "q\u{323}\u{307}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"), ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{FB01}", "\u{FB01}"),
        ("", ""), ("plain", "plain"),
    ])
    func `canonical composition`(input: String, expected: String) throws {
        let composed = try #require(Normalization.nfc(input))
        #expect(Array(composed.unicodeScalars) == Array(expected.unicodeScalars))
        #expect(Normalization.nfc(bytes: Array(input.utf8)) == Array(expected.utf8))
    }

    @Test(arguments: [
        ("MIKE", "mike"), ("\u{FF2D}\u{FF29}\u{FF2B}\u{FF25}", "mike"), ("\u{FB01}n", "fin"),
        ("Stra\u{DF}e", "strasse"),
        ("mi\u{200B}ke", "mike"), ("mi\u{AD}ke", "mike"), ("\u{2460}", "1"), ("m\u{131}ke", "m\u{131}ke"),
        ("\u{212A}", "k"),
    ])
    func `compatibility composition with case folding`(input: String, expected: String) throws {
        let folded = try #require(Normalization.nfkcCaseFolded(input))
        #expect(Array(folded.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `a dotless i is not an i`() {
        #expect(Normalization.caseFolded("m\u{131}ke") != Normalization.caseFolded("mike"))
        #expect(Normalization.nfkcCaseFolded("m\u{131}ke") != Normalization.nfkcCaseFolded("mike"))
    }

    @Test func `case folding keeps compatibility characters apart`() {
        #expect(Normalization.caseFolded("A\u{308}B") == "\u{E4}b")
        #expect(Normalization.caseFolded("\u{FF41}") == "\u{FF41}")
    }

    @Test(arguments: ["a\0b", "\0", "a\u{378}", "\u{E0080}", "\u{FFFF}"])
    func `NUL and unassigned code points are refused`(input: String) {
        #expect(Normalization.nfc(input) == nil)
        #expect(Normalization.nfkcCaseFolded(input) == nil)
        #expect(Normalization.caseFolded(input) == nil)
        #expect(Normalization.nfc(bytes: Array(input.utf8)) == nil)
    }

    @Test(
        arguments: [
            [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF0, 0x9F, 0x98], [0xFF], [0x61, 0xFE, 0x62],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(Normalization.nfc(bytes: bytes) == nil)
    }
}
