import Testing

@testable import AuthFCGI

@Suite struct ResponseHeadTests {
    private func text(_ response: Response, bodyCount: Int? = 0) -> String? {
        ResponseHead.bytes(for: response, bodyCount: bodyCount).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a head is the status, the headers in their order, and the length`() {
        let response = Response(
            201, headers: [.init(name: "Set-Cookie", value: "a=b; Path=/"), .init(name: "X-A", value: "")])
        #expect(
            text(response, bodyCount: 7)
                == "Status: 201 Created\r\nSet-Cookie: a=b; Path=/\r\nX-A: \r\nContent-Length: 7\r\n\r\n")
    }

    @Test(arguments: ["a\r\nSet-Cookie: b=c", "a\nb", "a\rb", "a\0b", "a\u{1B}[2J", "a\u{7F}"])
    func `a value that could be read as another header is not sent`(_ value: String) {
        #expect(text(Response(200, headers: [.init(name: "Location", value: value)])) == nil)
    }

    @Test(arguments: ["", "A B", "A:", "A\r\nB", "Ä", "Content-Length", "status", "Transfer-Encoding"])
    func `a name that is no token, or is written here, is not sent`(_ name: String) {
        #expect(text(Response(200, headers: [.init(name: name, value: "1")])) == nil)
    }

    @Test func `a header is found whatever the case of its name, and by its whole name only`() {
        let response = Response(
            200, headers: [.init(name: "X-Auth", value: "1"), .init(name: "Cache-Control", value: "private")])
        #expect(response["cache-control"] == "private" && response["CACHE-CONTROL"] == "private")
        #expect(response["Cache-Contro"] == nil && response["Cache-Control2"] == nil)
        // It differs from `-` only by the bit that tells a capital letter.
        #expect(response["x\rauth"] == nil)
    }

    @Test(arguments: [0, 99, 100, 199, 600, -1]) func `what is no final status is not sent`(_ status: Int) {
        #expect(text(Response(status)) == nil)
    }

    @Test(arguments: [
        ("GET", 200, true), ("HEAD", 200, false), ("HEAD", 404, false), ("POST", 204, false), ("GET", 304, false),
        ("get", 200, true), (nil, 500, true),
    ])
    func `only some answers have a body`(_ method: String?, _ status: Int, _ expected: Bool) {
        #expect(ResponseHead.hasBody(method: method, status: status) == expected)
    }
}
