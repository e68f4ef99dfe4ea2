import Domain
import Testing

@testable import AuthFCGI

@Suite struct HeaderTests {
    @Test(
        arguments: [
            (nil, .absent), ("", .absent), ("application/x-www-form-urlencoded", .form),
            ("application/x-www-form-urlencoded; charset=UTF-8", .form), ("Application/JSON", .json),
            ("application/json;charset=utf-8", .json), ("application/json ; charset=\"utf-8\"", .json),
            ("application/merge-patch+json", .mergePatch), ("multipart/form-data; boundary=x", .unsupported),
            ("text/plain", .unsupported), ("text/json", .unsupported),
            ("application/json; charset=latin1", .unsupported),
            ("application/json; charset=utf-8; charset=utf-8", .unsupported), ("application/json; a=b", .unsupported),
            ("application/json;", .unsupported), ("application/json, text/plain", .unsupported), (";", .unsupported),
            ("application/problem+json", .unsupported), ("application/jsonx", .unsupported), (" ", .unsupported),
            ("application/json\u{0}", .unsupported), ("*/*", .unsupported),
        ] as [(String?, ContentType)])
    func `a content type is one of three or nothing we read`(header: String?, expected: ContentType) {
        #expect(ContentType(header) == expected)
    }

    @Test(arguments: [
        (nil, false), ("", false), ("*/*", false), ("application/json", true), ("application/json, */*", true),
        ("application/json, text/plain, */*", true), ("application/problem+json", true), ("APPLICATION/JSON", true),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
        ("text/html, application/json", false),
        ("text/html;q=0.5, application/json", true), ("text/html, application/json;q=0.9", false),
        ("text/html;q=0.9, application/json;q=0.95", true), ("application/json;q=0", false),
        ("application/json; q=0.001", true),
        ("application/json;q=2", false), ("application/json;q=x", false), ("application/json;q=", false),
        ("application/json;q=0.1234", false), ("application/json;q=1.000;a=b", true), ("text/json", false),
        (",,;,q=1", false), ("application/json;v=1;q=0.4,text/html;q=0.4", false),
    ])
    func `JSON is preferred when it is named above HTML`(header: String?, expected: Bool) {
        #expect(AcceptHeader.prefersJSON(header) == expected)
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    @Test(
        arguments: [
            ("127.0.0.1", mapped + [127, 0, 0, 1]), ("::ffff:203.0.113.7", mapped + [203, 0, 113, 7]),
            ("203.0.113.7", mapped + [203, 0, 113, 7]), ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("2001:DB8::a", [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0A]),
        ] as [(String, [UInt8])])
    func `an address has one spelling`(text: String, bytes: [UInt8]) {
        #expect(NetworkAddress(parsing: text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "unix:", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " ::1", "::1%lo", "[::1]",
        "1.2.3.4:80",
        "1.2.3.4\u{0}", "::1\u{0}x", "0x7f000001", "2130706433", "::ffff:1.2.3", "é",
    ])
    func `anything else is no address`(text: String) {
        #expect(NetworkAddress(parsing: text) == nil)
    }

    /// By `date -u -d @…`.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_250, "2000-02-29T00:00:00.000250Z"),
            (1_769_846_709_120_000, "2026-01-31T08:05:09.120000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func `an instant is written in UTC with microseconds`(microseconds: Int64, text: String) {
        #expect(Instant(microseconds: microseconds).rfc3339 == text)
        #expect(Instant(rfc3339: text)?.microseconds == (microseconds < 0 ? nil : microseconds))
    }

    @Test(
        arguments: [
            "", "2026-01-31", "2026-01-31T08:05:09Z", "2026-02-30T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z",
            "2026-01-31T24:00:00.000000Z", "2026-01-31t08:05:09.000000z", "2026-01-31T08:05:09.000000Z ",
            "9999-01-2147483647T00:00:00.000000Z", "9999-2147483647-01T00:00:00.000000Z", "2026-01-31T08:05:09.000000",
            "2026-01--1T00:00:00.000000Z", "٢٠٢٦-01-31T08:05:09.000000Z", "2026-01-31T08:05:60.000000Z",
        ])
    func `what is no instant in UTC with microseconds is not read as one`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }
}
