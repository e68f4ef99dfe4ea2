import Crypto
import Domain
import Testing

@Suite struct IdentifierTests {
    /// The example of RFC 9562, A.6, was made at 2022-02-22T19:22:22Z: 0x017F22E279B0 milliseconds.
    @Test func `an identifier begins with its time and has version 7`() {
        let id = UserID(at: Instant(seconds: 1_645_557_742))
        let text = id.description
        #expect(text.hasPrefix("017f22e2-79b0-7"))
        #expect(text.count == 36)
        #expect(id.bytes[8] & 0xC0 == 0x80)
    }

    @Test func `a text is read to the identifier it was written from`() throws {
        let text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
        let id = try #require(UserID(text))
        #expect(
            id.bytes == [
                0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0, 0x7C, 0xC3, 0x98, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F,
            ])
        #expect(id.description == text)
    }

    @Test(arguments: [
        "", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ", "-017f22e2-79b0-7cc3-98c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739\u{E4}",
    ])
    func `another text is no identifier`(text: String) {
        #expect(UserID(text) == nil)
    }

    @Test func `identifiers of one moment differ and later ones sort later`() {
        let now = Instant(seconds: 1_700_000_000)
        #expect(Set((0..<1000).map { _ in SessionID(at: now) }).count == 1000)
        #expect(SessionID(at: now).description < SessionID(at: now + .seconds(1)).description)
    }

    @Test func `identifiers from one supply differ, and are like the others`() {
        let now = Instant(seconds: 1_645_557_742)
        var supply = RandomSupply()
        let ids = (0..<1000).map { _ in RequestID(at: now, from: &supply) }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { $0.description.hasPrefix("017f22e2-79b0-7") && $0.bytes[8] & 0xC0 == 0x80 })
    }

    @Test(arguments: [0, 15, 17])
    func `an identifier has sixteen bytes`(count: Int) {
        #expect(UserID(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func `a time before 1970 makes an identifier, not a crash`() {
        #expect(UserID(at: Instant(seconds: -1)).description.hasPrefix("00000000-0000-7"))
    }
}
