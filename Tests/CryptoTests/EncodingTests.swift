import Crypto
import Testing

@Suite struct EncodingTests {
    /// RFC 4648, section 10, without the padding, and bytes that need the two letters of the alphabet for URLs.
    @Test(
        arguments: [
            ([], ""), ([0x66], "Zg"), ([0x66, 0x6F], "Zm8"), ([0x66, 0x6F, 0x6F], "Zm9v"),
            ([0x66, 0x6F, 0x6F, 0x62], "Zm9vYg"), ([0x66, 0x6F, 0x6F, 0x62, 0x61], "Zm9vYmE"),
            ([0x66, 0x6F, 0x6F, 0x62, 0x61, 0x72], "Zm9vYmFy"), ([0xFB, 0xFF, 0xBF], "-_-_"),
            ([0xFF, 0xFF, 0xFE], "___-"),
        ] as [([UInt8], String)])
    func `base 64 for URLs is written and read`(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text) == bytes)
        #expect(Base64URL.isWritten("s_" + text, behind: "s_", bytes: bytes.count))
        #expect(!Base64URL.isWritten("s_" + text, behind: "s_", bytes: bytes.count + 1))
        #expect(!Base64URL.isWritten("t_" + text, behind: "s_", bytes: bytes.count))
        #expect(!Base64URL.isWritten("s", behind: "s_", bytes: bytes.count))
        #expect(!Base64URL.isWritten("s_A" + text, behind: "s_", bytes: bytes.count))
        #expect(bytes.isEmpty || !Base64URL.isWritten("s_" + text, behind: "s_", bytes: bytes.count - 1))
    }

    @Test(arguments: [
        "Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "+/+/", "Zm 8", "Zm8\n", " Zm8", "Zm8\0", "Zm8é", "Zm9vYh", "éé",
        "\u{FFFD}Q",
        "Zm9v€Z",
    ])
    func `padding, spare bits, other alphabets and white space are refused`(text: String) {
        #expect(Base64URL.decode(text) == nil)
        #expect((0...8).allSatisfy { !Base64URL.isWritten(text, behind: "", bytes: $0) })
    }

    @Test func `hexadecimal is written in lower case and read in both`() {
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.decode("000fa5ff") == [0x00, 0x0F, 0xA5, 0xFF])
        #expect(Hex.decode("000FA5fF") == [0x00, 0x0F, 0xA5, 0xFF])
        #expect(Hex.decode("") == [])
    }

    @Test(arguments: ["0", "0g", "0x00", " 00", "00 ", "+1", "-1", "00\0", "００", "é0"])
    func `what is not hexadecimal is refused`(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
