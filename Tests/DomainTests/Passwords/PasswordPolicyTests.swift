import Crypto
import Domain
import Testing

@Suite struct PasswordPolicyTests {
    private func codes(
        _ password: String, _ preset: PasswordPreset = .standard, minimum: Int? = nil, context: [String] = []
    ) throws -> [String] {
        let policy = PasswordPolicy(preset: preset, minimum: minimum, contextWords: ["Chess Club"])
        return try policy.complaints(about: Secret(password), field: "password", context: context).map(\.code)
    }

    @Test(arguments: [
        "correct horse battery staple", "ein ganz normaler satz", "qkzvbnwxjrtlfph", "mvhqzkytbwdnjxr",
        "\u{442}\u{430}\u{43C} \u{447}\u{443}\u{434}\u{435}\u{441}\u{430} \u{438} \u{43B}\u{435}\u{441}",
        "               ~{]^|`~       ", "xK9#mQ2$vL7@pR4!",
    ])
    func `ordinary passphrases and random passwords are accepted`(password: String) throws {
        #expect(try codes(password) == [])
    }

    /// Long passwords of the published lists of the commonest ones, and what people make of common words.
    @Test(arguments: [
        "passwordpassword", "123456789012345", "1234567890123456", "qwertyuiopasdfg", "qwertyuiopasdfghjkl",
        "aaaaaaaaaaaaaaa", "iloveyouiloveyou", "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc4rfv", "qazwsxedcrfvtgb",
        "abcdefghijklmno", "zxcvbnmasdfghjk", "abc123abc123abc", "monkeymonkeymonkey", "letmeinletmein1",
        "thisisapassword", "mypasswordismine", "iloveyouforever", "administrator123", "christopher12345",
        "Password12345678", "P@ssw0rdP@ssw0rd", "trustno1trustno1", "january2026january", "99999999999999999",
    ])
    func `common passwords are refused however long they are`(password: String) throws {
        #expect(try codes(password) == ["weak_password"])
    }

    /// Words that stand high in every published list, in the forms in which people lengthen them.
    @Test func `common words stay refused when they are repeated, capitalised or numbered`() throws {
        let words = [
            "password", "iloveyou", "princess", "sunshine", "football", "baseball", "superman", "michelle", "jennifer",
            "computer", "dragon", "monkey", "shadow", "master", "killer", "jordan", "harley", "ranger", "hunter",
            "buster",
            "soccer", "hockey", "george", "andrew", "charlie", "thomas", "robert", "daniel", "jessica", "pepper",
            "ginger",
            "joshua", "cheese", "amanda", "summer", "ashley", "nicole", "chelsea", "biteme", "matthew", "access",
            "yankees",
            "dallas", "austin", "thunder", "taylor", "matrix", "welcome", "admin", "secret", "flower", "hello",
            "whatever",
        ]
        var accepted: [String] = []
        for word in words {
            let doubled = word + word + word
            let capitalised = word.prefix(1).uppercased() + word.dropFirst()
            for form in [doubled, capitalised + word + word, word + "1234567890123"] where form.count >= 15 {
                if try codes(form).isEmpty { accepted.append(form) }
            }
        }
        #expect(accepted == [])
    }

    @Test(arguments: [
        "1q2w3e4r", "1qaz2wsx", "qazwsxedcrfv", "q1w2e3r4t5", "asdfghjkl", "abcd1234", "Summer2026!", "Welcome2024!",
        "P@ssw0rd",
        "Liverpool1!", "samsung123", "147258369", "qwertyuiop[]",
    ])
    func `common passwords of eight to twelve characters are refused too`(password: String) throws {
        #expect(try codes(password, .usrak).contains("weak_password"))
        #expect(try codes(password, .seedStrict).contains("weak_password"))
    }

    @Test(arguments: ["xkQ7vmwp", "Gm4kfwxt", "zR8hLq2c", "B3ntvYxk"])
    func `eight random characters are enough where a preset says eight`(password: String) throws {
        #expect(try codes(password, .usrak) == [])
    }

    @Test(arguments: [
        "hildegard.knef@example.org", "hildegard.knef1", "hildegardhildegard", "hildegardknef2026", "HildegardKnef123",
        "rosenrot1926rosenrot", "chess club chess", "chessclubchessclub", "Chess Club 12345",
    ])
    func `what an attacker knows of the person or the site is refused`(password: String) throws {
        let context = ["hildegard.knef@example.org", "rosenrot1926", "Hildegard Knef"]
        #expect(try codes(password, context: context) == ["weak_password"])
    }

    @Test(arguments: [(14, true), (15, false), (64, false), (1024, false)])
    func `fifteen characters are enough and 1,024 are not too many`(count: Int, isTooShort: Bool) throws {
        let password = String(String(repeating: "qkzvbnwxjrtlfphgmcdsy", count: 49).prefix(count))
        #expect(try codes(password) == (isTooShort ? ["too_short"] : []))
    }

    @Test func `more than 1,024 bytes are too long before anything else is looked at`() throws {
        let policy = PasswordPolicy(preset: .seedStrict)
        let complaints = try policy.complaints(
            about: Secret(String(repeating: "a", count: 1025)), field: "new_password", context: [])
        #expect(complaints == [Complaint("new_password", "too_long", ["max": 1024])])
    }

    @Test func `characters are counted, not bytes`() throws {
        #expect(try codes("\u{442}\u{430}\u{43C}\u{447}\u{443}\u{434}\u{435}\u{441}\u{430}") == ["too_short"])
    }

    @Test(
        arguments: [
            (PasswordPreset.standard, nil, 15), (.standard, 20, 20), (.standard, 8, 15), (.seedStrict, nil, 8),
            (.seedStrict, 12, 12), (.usrak, nil, 8), (.usrak, 60, 55), (.standard, 100_000, 1024),
        ] as [(PasswordPreset, Int?, Int)])
    func `a setting can only raise the minimum`(preset: PasswordPreset, setting: Int?, minimum: Int) {
        #expect(PasswordPolicy(preset: preset, minimum: setting).minimum == minimum)
    }

    /// Trap T1: the seed's alternation accepted both.
    @Test(arguments: [
        ("1", ["too_short", "needs_lowercase", "needs_uppercase", "needs_symbol", "weak_password"]),
        ("aaaaaaaa", ["needs_uppercase", "needs_digit", "needs_symbol", "weak_password"]),
        ("", ["too_short", "needs_lowercase", "needs_uppercase", "needs_digit", "needs_symbol", "weak_password"]),
        ("Password1!", ["weak_password"]), ("gm4@kfwxtz", ["needs_uppercase"]), ("Gm4#kfwxtz", ["needs_symbol"]),
        ("Gm4@kfwxtz", []),
    ])
    func `the strict preset tells every unmet rule`(password: String, expected: [String]) throws {
        #expect(try codes(password, .seedStrict) == expected)
    }

    @Test(arguments: [
        ("Gmkfwxtz4", []), ("gmkfwxtz4", ["needs_uppercase"]), ("Gmkfwxtzq", ["needs_digit"]),
        ("1", ["too_short", "needs_uppercase", "weak_password"]),
        ("Gx4" + String(repeating: "qkzvbnwxjrtlf", count: 4), []),
        ("Gx4" + String(repeating: "qkzvbnwxjrtlf", count: 4) + "y", ["too_long"]),
    ])
    func `the preset of usrak wants 8 to 55 characters with a digit and a capital`(
        password: String, expected: [String]
    ) throws {
        #expect(try codes(password, .usrak) == expected)
    }

    @Test func `figures of the rules are told`() throws {
        let complaints = try PasswordPolicy(preset: .standard).complaints(
            about: Secret("Gm4@kfwxtz"), field: "password", context: [])
        #expect(complaints == [Complaint("password", "too_short", ["min": 15])])
    }

    @Test(
        arguments: [
            Array("qkzvbn\0wxjrtlfph".utf8), [0xC3] + Array("qkzvbnwxjrtlfph".utf8), [0xED, 0xA0, 0x80], [0xFF],
        ] as [[UInt8]])
    func `what is not text is refused`(bytes: [UInt8]) throws {
        let complaints = try PasswordPolicy(preset: .standard).complaints(
            about: Secret(bytes), field: "password", context: [])
        #expect(complaints == [Complaint("password", "not_text")])
        #expect(PasswordPolicy.normalized(Secret(bytes)) == nil)
    }

    @Test func `composed and decomposed spellings are one password, nothing else is changed`() throws {
        let composed = try #require(PasswordPolicy.normalized(Secret("p\u{E4}ssw\u{F6}rt")))
        let decomposed = try #require(PasswordPolicy.normalized(Secret("pa\u{308}sswo\u{308}rt")))
        #expect(composed.equals(decomposed))
        let kept = " \u{FB01} Pass\tWord\u{200D} "
        #expect(try #require(PasswordPolicy.normalized(Secret(kept))).equals(Secret(kept)))
    }

    @Test(arguments: [(1024, true), (1025, false)])
    func `the normal form has at most 1,024 bytes`(count: Int, exists: Bool) {
        #expect((PasswordPolicy.normalized(Secret(String(repeating: "a", count: count))) != nil) == exists)
    }

    private struct List: PasswordBlockList {
        let sha1: [UInt8]
        func contains(sha1: [UInt8]) throws(Failure) -> Bool { sha1 == self.sha1 }
    }

    /// The hash is `printf 'qkzvbnwxjrtlfph' | sha1sum`.
    @Test func `a password of the operator's list is refused`() throws {
        let listed = try #require(Hex.decode("28684bce7607e9e6e0a8247390e1de62bbb49c07"))
        let policy = PasswordPolicy(preset: .standard, blockList: List(sha1: listed))
        let complaints = try policy.complaints(about: Secret("qkzvbnwxjrtlfph"), field: "password", context: [])
        #expect(complaints == [Complaint("password", "breached_password")])
        #expect(try policy.complaints(about: Secret("mvhqzkytbwdnjxr"), field: "password", context: []).isEmpty)
    }

    private struct UnreadableList: PasswordBlockList {
        func contains(sha1: [UInt8]) throws(Failure) -> Bool { throw .defect("unreadable") }
    }

    @Test func `an unreadable list accepts nothing`() {
        let policy = PasswordPolicy(preset: .standard, blockList: UnreadableList())
        #expect(throws: Failure.self) {
            try policy.complaints(about: Secret("qkzvbnwxjrtlfph"), field: "password", context: [])
        }
    }
}
