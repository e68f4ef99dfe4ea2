import Crypto
import Domain
import Testing

@Suite struct SessionTokenTests {
    @Test func `ten thousand tokens are all different and can be read`() {
        let texts = (0..<10_000).map { _ in SessionToken.random().reveal() }
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.hasPrefix("s_") && $0.utf8.count == 88 && SessionToken($0) != nil })
    }

    /// The digest was computed with `sha256sum`.
    @Test func `what is stored is the hash of the text`() throws {
        let token = try #require(SessionToken("s_" + String(repeating: "A", count: 86)))
        #expect(Hex.encode(token.digest.bytes) == "b0d6ab97cc80dfcc9172f8676f8e952f387e502c317273a15ee09c4ec18bb925")
    }

    private static let body = String(repeating: "A", count: 86)
    private static let most = String(repeating: "A", count: 85)

    @Test(arguments: [
        "", "s_", "\(body)", "S_\(body)", "t_\(body)", "s_\(most)", "s_\(body)A", " s_\(body)", "s_\(most)B",
        "s_\(most)=",
        "s_\(most)+", "s_\(most)\0", "s_\(most.dropLast())\u{E4}", "s_éé\(body.dropLast(4))",
    ])
    func `what cannot be a token is refused`(text: String) {
        #expect(SessionToken(text) == nil)
    }

    @Test func `no description shows the token`() {
        let token = SessionToken.random()
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(dumped)".contains(token.reveal().dropFirst(2).prefix(8)))
    }
}
