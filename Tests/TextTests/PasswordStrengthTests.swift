import Testing
import Text

@Suite struct PasswordStrengthTests {
    private func bits(_ password: String, _ context: [String] = []) -> Double {
        PasswordStrength.bits(Array(password.utf8), context: context)
    }

    @Test(arguments: ["password", "aaaaaaaa", "12345678", "qwertyui", "abcdefgh", "P@ssw0rd", ""])
    func `what everybody tries first has almost no bits`(password: String) {
        #expect(bits(password) < 15)
    }

    @Test(arguments: ["qkzvbnwxjrtlfph", "correct horse battery staple", "Gm4@kfwxTz", "\u{E4}\u{F6}\u{FC}xq7vmwp"])
    func `what nobody guesses has many`(password: String) {
        #expect(bits(password) > 45)
    }

    @Test func `a word of the context is worth nothing`() {
        #expect(bits("xqzwvyblorptify") > 45)
        #expect(bits("xqzwvyblorptify", ["xqzwvyblorptify"]) < 5)
        #expect(bits("xqzwvyblorptify", ["another"]) > 45)
    }

    @Test func `long input is rated quickly by its beginning`() {
        let start = ContinuousClock.now
        #expect(bits(String(repeating: "a", count: 1024)) < 15)
        #expect(bits(String(repeating: "p4ssW0rd!q", count: 102)) >= 0)
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}
