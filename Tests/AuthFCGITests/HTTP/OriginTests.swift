import Domain
import Testing

@testable import AuthFCGI

@Suite struct OriginTests {
    private func agent(_ text: String) -> String? {
        let source = FixedParameters([.remoteAddress: "192.0.2.1", .userAgent: text])
        let request = Request(id: RequestID(at: Instant(seconds: 1)), parameters: source, body: .complete([]))
        return Origin(request, device: nil)?.userAgent
    }

    @Test(arguments: [
        (String(repeating: "a", count: 400), 400), (String(repeating: "a", count: 401), 400),
        // A character that would be cut is left out, not replaced by a longer sign of damage.
        (String(repeating: "a", count: 399) + "é", 399), (String(repeating: "a", count: 398) + "é", 400),
        (String(repeating: "a", count: 397) + "😀", 397), (String(repeating: "€", count: 200), 399),
    ])
    func `a user agent is kept up to 400 bytes`(sent: String, count: Int) throws {
        let kept = try #require(agent(sent))
        #expect(kept.utf8.count == count)
        #expect(sent.hasPrefix(kept))
    }

    @Test func `control characters of a user agent are dropped`() {
        #expect(agent("a\u{1}\r\n\u{7F}\tb") == "ab")
    }
}
