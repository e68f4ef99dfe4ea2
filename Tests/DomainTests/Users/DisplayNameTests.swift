import Domain
import Testing

@Suite struct DisplayNameTests {
    @Test(arguments: [
        ("Mike", "Mike"), ("  Mike  ", "Mike"), ("\u{A0}Mike\u{3000}", "Mike"), ("Ana Mari\u{301}a", "Ana Mar\u{ED}a"),
        ("O'Brien-M\u{FC}ller, Jr.", "O'Brien-M\u{FC}ller, Jr."),
        ("\u{5C71}\u{7530}\u{3000}\u{592A}\u{90CE}", "\u{5C71}\u{7530}\u{3000}\u{592A}\u{90CE}"),
        ("\u{645}\u{62D}\u{645}\u{62F}", "\u{645}\u{62D}\u{645}\u{62F}"),
        ("\u{639}\u{644}\u{6CC}\u{200C}\u{631}\u{636}\u{627}", "\u{639}\u{644}\u{6CC}\u{200C}\u{631}\u{636}\u{627}"),
        ("\u{DC1}\u{DCA}\u{200D}\u{DBB}\u{DD3}", "\u{DC1}\u{DCA}\u{200D}\u{DBB}\u{DD3}"),
        ("\u{1F469}\u{200D}\u{1F4BB} Eva", "\u{1F469}\u{200D}\u{1F4BB} Eva"),
        ("Eva \u{2764}\u{FE0F}", "Eva \u{2764}\u{FE0F}"),
        ("\u{2764}\u{FE0F}\u{200D}\u{1F525}", "\u{2764}\u{FE0F}\u{200D}\u{1F525}"), ("<b>Mike</b>", "<b>Mike</b>"),
        ("=1+1", "=1+1"), ("42", "42"), ("q\u{323}\u{307}", "q\u{323}\u{307}"),
        (String(repeating: "a", count: 100), String(repeating: "a", count: 100)),
    ])
    func `a name is kept, composed and trimmed`(input: String, expected: String) throws {
        let name = try #require(DisplayName(input))
        #expect(Array(name.text.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        // nothing to see
        "", " ", "\u{A0}\u{3000}", "\u{200B}", "\u{3164}", "\u{115F}", "\u{2800}\u{200B}", "\u{200D}", "\u{FE0F}",
        "\u{301}a",
        // control characters and separators
        "Mi\0ke", "Mi\nke", "Mi\r\nke", "Mi\tke", "Mike\u{7F}", "Mi\u{85}ke", "Mi\u{1B}[31mke", "Mi\u{2028}ke",
        "Mi\u{2029}ke",
        // the direction of writing
        "Mi\u{202A}ke", "Mi\u{202B}ke", "Mi\u{202C}ke", "Mi\u{202D}ke", "Mi\u{202E}ke", "Mi\u{2066}ke", "Mi\u{2067}ke",
        "Mi\u{2068}ke", "Mi\u{2069}ke", "Mi\u{200E}ke", "Mi\u{200F}ke", "Mi\u{61C}ke",
        // without a width
        "Mi\u{200B}ke", "Mi\u{200C}ke", "Mi\u{200D}ke", "Mi\u{2060}ke", "Mi\u{FEFF}ke", "Mi\u{AD}ke", "Mi\u{34F}ke",
        "Mi\u{FE0F}ke", "Mike\u{200D}", "Mi\u{E0041}ke", "\u{1F469}\u{200D}", "7\u{200D}7",
        // no characters
        "Mi\u{E000}ke", "Mi\u{378}ke", "Mi\u{FFFF}ke", "Mi\u{FFF9}ke",
        // marks that pile up
        "Mike" + String(repeating: "\u{489}", count: 9), "q" + String(repeating: "\u{323}", count: 9),
        // too long
        String(repeating: "a", count: 101), "a" + String(repeating: "\u{323}", count: 101),
        String(repeating: "a", count: 1_000_000),
    ])
    func `what would mislead on a page is refused`(input: String) {
        #expect(DisplayName(input) == nil)
    }
}
