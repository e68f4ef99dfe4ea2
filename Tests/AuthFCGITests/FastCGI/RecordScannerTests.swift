import Support
import Testing

@testable import AuthFCGI

@Suite struct RecordScannerTests {
    typealias Verdict = RecordScanner.Verdict

    /// One hostile or odd input and what is to be said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let verdict: Verdict

        init(_ name: String, _ bytes: [UInt8], _ verdict: Verdict) {
            testDescription = name
            self.bytes = bytes
            self.verdict = verdict
        }

        init(_ name: String, _ bytes: [UInt8], _ reason: RecordScanner.Reason) {
            self.init(name, bytes, .rejected(reason))
        }
    }

    static func ready(_ body: RecordScanner.BodyState, secret: String? = nil) -> Verdict {
        .ready(RecordScanner.Preview(body: body, poolSecret: secret.map { Array($0.utf8) }))
    }

    /// BEGIN, these bytes as parameters, and an empty body.
    static func withParameters(_ bytes: [UInt8]) -> [UInt8] {
        Records.begin() + Records.stream(4, bytes) + Records.record(5)
    }

    static let hostile: [Case] = [
        Case("version 0", Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0], version: 0), .version),
        Case("HTTP instead of FastCGI", Array("GET / HTTP/1.1\r\n\r\n".utf8), .version),
        Case("unknown type", Records.record(12), .type),
        Case("type 0", Records.record(0), .type),
        Case("management record GET_VALUES", Records.record(9, Records.pair("FCGI_MAX_CONNS", ""), id: 0), .type),
        Case("a record that only an application sends", Records.begin() + Records.record(6, [65]), .type),
        Case("DATA, which is for filters", Records.begin() + Records.record(8), .type),
        Case("request 0", Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0], id: 0), .requestID),
        Case("another request's parameters", Records.begin() + Records.record(4, id: 2), .requestID),
        Case("authorizer", Records.begin(role: 2), .role),
        Case("filter", Records.begin(role: 3), .role),
        Case("BEGIN of 7 bytes", Records.record(1, [0, 1, 0, 0, 0, 0, 0]), .beginLength),
        Case("BEGIN of 65535 bytes", Records.record(1, [UInt8](repeating: 0, count: 65535)), .beginLength),
        Case("parameters before BEGIN", Records.record(4), .order),
        Case("two BEGINs", Records.begin() + Records.begin(), .order),
        Case("BEGIN amid the parameters", Records.begin() + Records.record(4, [1, 0, 65]) + Records.begin(), .order),
        Case("body before the end of parameters", Records.begin() + Records.record(5), .order),
        Case("parameters after their end", withParameters([]).dropLast(8) + Records.record(4, [1, 0, 65]), .order),
        Case("ABORT at once", Records.record(2), .aborted),
        Case("ABORT amid the body", Records.request(body: [1, 2]).dropLast(8) + Records.record(2), .aborted),
        Case(
            "padding after the empty record that ends the parameters",
            Records.begin() + Records.record(4, padding: 5) + Records.record(5), .padding),
        Case("something after the end", Records.request() + [1], .trailingBytes),
        Case("two requests", Records.request() + Records.request(), .trailingBytes),
        Case(
            "name of 0x7ffffffe and value of 1",
            withParameters(Records.longLength(0x7FFF_FFFE) + [1] + [65, 65, 65]), .parameterLength),
        Case(
            "1 GiB and 1 GiB",
            withParameters(Records.longLength(1 << 30) + Records.longLength(1 << 30) + [65]), .parameterLength),
        Case(
            "twice the largest length",
            withParameters(Records.longLength(0x7FFF_FFFF) + Records.longLength(0x7FFF_FFFF)), .parameterLength),
        Case("a value one byte short", withParameters([1, 2, 65, 66]), .parameterLength),
        Case("a length that is cut", withParameters([0x80, 0, 0]), .parameterLength),
        Case("a name without the value's length", withParameters([1]), .parameterLength),
        Case("no name", withParameters([0, 1, 65]), .parameterName),
        Case("zero in a name", withParameters(Records.pair("A\0B", "c")), .parameterName),
        Case("a name that would become another", withParameters(Records.pair("REMOTE_ADDR=::1;", "x")), .parameterName),
        Case("zero in a value that is read", withParameters(Records.pair("HTTP_COOKIE", "a\0b")), .parameterValue),
        Case(
            "REMOTE_ADDR twice",
            withParameters(Records.pair("REMOTE_ADDR", "127.0.0.1") + Records.pair("REMOTE_ADDR", "::1")),
            .duplicateParameter),
        Case(
            "parameters beyond the limit",
            Records.begin() + Records.record(4, [UInt8](repeating: 0, count: 65535))
                + Records.record(4, [0, 0]), .tooManyBytes),
        Case(
            "more empty records than fit",
            Records.begin() + (0..<20_000).flatMap { _ in Records.record(4, [65], padding: 255) }, .tooManyBytes),
    ]

    static let odd: [Case] = [
        Case("nothing", [], .incomplete),
        Case("four bytes", [1, 1, 0, 1], .incomplete),
        Case("no end of parameters", Records.begin() + Records.record(4, Records.pair("A", "b")), .incomplete),
        Case("no end of the body", Records.request(body: [1]).dropLast(8), .incomplete),
        Case("no parameters", withParameters([]), ready(.complete(0))),
        Case(
            "kept connection wanted", Records.begin(flags: 1) + Records.record(4) + Records.record(5),
            ready(.complete(0))),
        Case(
            "an unread parameter twice", withParameters(Records.pair("A", "b") + Records.pair("A", "c")),
            ready(.complete(0))),
        Case("zero in a value that nobody reads", withParameters(Records.pair("A", "\0")), ready(.complete(0))),
        Case(
            "10000 parameters", withParameters((0..<10_000).flatMap { _ in Records.pair("AB", "cd") }),
            ready(.complete(0))),
        Case(
            "padding 255",
            Records.begin() + Records.stream(4, Records.pair("CONTENT_LENGTH", "3"), padding: 255)
                + Records.stream(5, [1, 2, 3], padding: 255), ready(.complete(3))),
        Case(
            "a name across records",
            Records.begin() + Records.stream(4, Records.pair("AUTHFCGI_POOL_SECRET", "xyz"), size: 1)
                + Records.record(5),
            ready(.complete(0), secret: "xyz")),
        Case("no length declared", Records.begin() + Records.record(4) + Records.stream(5, [1]), ready(.truncated)),
        Case("an empty length", Records.request(secret: nil, declared: ""), ready(.complete(0))),
        Case(
            "fewer bytes than declared", Records.request(secret: nil, body: [1, 2], declared: "3"), ready(.truncated)),
        Case("more bytes than declared", Records.request(secret: nil, body: [1, 2], declared: "1"), ready(.truncated)),
        Case("a negative length", Records.request(secret: nil, body: [1], declared: "-1"), ready(.truncated)),
        Case("a length that is no number", Records.request(secret: nil, body: [1], declared: "0x1"), ready(.truncated)),
        Case(
            "a length beyond any integer",
            Records.request(secret: nil, declared: String(repeating: "9", count: 400)), ready(.tooLarge)),
        Case(
            "the largest body", Records.request(secret: nil, body: [UInt8](repeating: 7, count: 65536)),
            ready(.complete(65536))),
        Case(
            "one byte more", Records.request(secret: nil, body: [UInt8](repeating: 7, count: 65537)), ready(.tooLarge)),
        Case(
            "a large body declared and not yet there",
            Records.begin() + Records.stream(4, Records.pair("CONTENT_LENGTH", "65537")), ready(.tooLarge)),
        Case(
            "a large body not declared",
            Records.begin() + Records.record(4) + Records.record(5, [UInt8](repeating: 7, count: 65535))
                + Records.record(5, [7, 7]), ready(.tooLarge)),
    ]

    @Test(arguments: hostile) func `hostile bytes are rejected before libfcgi sees them`(_ input: Case) {
        #expect(RecordScanner.scan(input.bytes.prefix(RecordScanner.window)) == input.verdict)
    }

    @Test(arguments: odd) func `odd bytes are judged for what they are`(_ input: Case) {
        #expect(RecordScanner.scan(input.bytes[...]) == input.verdict)
    }

    @Test func `a request is incomplete at every point before its end, and ready there`() {
        let request = Records.request([("DOCUMENT_URI", "/auth/login")], body: Array("a=b".utf8))
        for end in 0..<request.count {
            #expect(RecordScanner.scan(request[..<end]) == .incomplete, "after \(end) bytes")
        }
        #expect(RecordScanner.scan(request[...]) == Self.ready(.complete(3), secret: "s3cret"))
    }

    @Test func `no byte changed at random makes the scanner trap or wait for more than the window`() {
        var generator = SeededGenerator(seed: 1)
        let request = Records.request([("DOCUMENT_URI", "/")], body: [1, 2, 3])
        for _ in 0..<2000 {
            var bytes = request
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            bytes += [UInt8](repeating: 0, count: RecordScanner.window - bytes.count)
            #expect(RecordScanner.scan(bytes[...]) != .incomplete)
        }
    }
}
