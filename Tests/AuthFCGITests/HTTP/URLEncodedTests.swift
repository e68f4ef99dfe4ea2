import Crypto
import Domain
import Support
import Testing

@testable import AuthFCGI

@Suite struct URLEncodedTests {
    private func pairs(_ text: String) throws -> [[String]] {
        try URLEncoded.decode(Array(text.utf8), secrets: ["password"]).map { field in
            switch field.value {
            case .text(let text): [field.name, text]
            case .secret(let secret): [field.name, "secret:" + secret.reveal()]
            }
        }
    }

    @Test(arguments: [
        ("", []), ("a=1", [["a", "1"]]), ("a=1&b=2", [["a", "1"], ["b", "2"]]), ("b=&a", [["b", ""], ["a", ""]]),
        ("a=b=c", [["a", "b=c"]]), ("a+b=c+d", [["a b", "c d"]]), ("a%20b=%2B", [["a b", "+"]]),
        ("n=%C3%A9%f0%9f%98%80", [["n", "é😀"]]), ("n=é", [["n", "é"]]), ("t=a%0D%0Ab", [["t", "a\r\nb"]]),
        ("n=Ada Lovelace", [["n", "Ada Lovelace"]]), ("password=p%26+%C3%A9", [["password", "secret:p& é"]]),
        ("%70assword=x", [["password", "secret:x"]]), ("password=", [["password", "secret:"]]),
    ])
    func `a form is read in order`(text: String, expected: [[String]]) throws {
        #expect(try pairs(text) == expected)
    }

    @Test(arguments: [
        "&", "a=1&", "&a=1", "a=1&&b=2", "=1", "=", "a=%", "a=%4", "a=%4g", "a=%g4", "%=1", "a=%u0041", "a=%00",
        "%00=a",
        "a=\u{0}", "a=b\n", "a=\t", "a=%FF", "a=%C3", "a=%C0%80", "a=%ED%A0%80", "%FF=a", "password=%FF",
        "password=%00",
        "password=%", "a=%+1", "a=\u{7F}",
    ])
    func `what is malformed is refused`(text: String) {
        #expect(refusal { try pairs(text) } == .unreadable)
    }

    @Test(arguments: [
        ("a=1&a=1", "a"), ("a=1&b=2&%61=3", "a"), ("a+b=1&a%20b=2", "a b"), ("password=a&password=b", "password"),
    ])
    func `a name that stands twice is refused`(text: String, name: String) {
        #expect(refusal { try pairs(text) } == .duplicate(name))
    }

    @Test func `the limits are exact`() throws {
        let x = { (count: Int) in String(repeating: "x", count: count) }
        #expect(try pairs("\(x(64))=\(x(4096))") == [[x(64), x(4096)]])
        #expect(refusal { try pairs("\(x(65))=1") } == .unreadable)
        #expect(refusal { try pairs("a=\(x(4097))") } == .unreadable)
        #expect(refusal { try pairs("password=\(x(4097))") } == .unreadable)
        let fields = { (count: Int) in (0..<count).map { "f\($0)=1" }.joined(separator: "&") }
        #expect(try pairs(fields(100)).count == 100)
        #expect(refusal { try pairs(fields(101)) } == .unreadable)
    }

    @Test func `encoding leaves unreserved characters only`() {
        #expect(URLEncoded.encode("aZ09-._~ /?&=+é\n") == "aZ09-._~%20%2F%3F%26%3D%2B%C3%A9%0A")
    }

    @Test func `ten thousand random forms are refused or within the limits`() throws {
        var random = SeededGenerator(seed: 2)
        let pieces = [
            "a", "b", "password", "=", "&", "+", "%", "%41", "%00", "%C3%A9", "%FF", "é", "\u{0}", "\n", ";", "%2",
            "c=1&",
        ]
        var read = 0
        for _ in 0..<10_000 {
            let text = random.text(of: pieces, limit: 12)
            guard let pairs = try? pairs(text) else { continue }
            read += 1
            let names = pairs.map { $0[0] }
            #expect(Set(names).count == names.count, "\(text)")
            #expect(
                pairs.joined().allSatisfy { !$0.utf8.contains(0) && $0.utf8.count <= text.utf8.count + 7 }, "\(text)")
            let again = pairs.map { pair in
                let value = pair[0] == "password" ? String(pair[1].dropFirst(7)) : pair[1]
                return "\(URLEncoded.encode(pair[0]))=\(URLEncoded.encode(value))"
            }
            #expect(try self.pairs(again.joined(separator: "&")) == pairs, "\(text)")
        }
        #expect(read > 500)
    }
}

/// The refusal of malformed input that the body ends with, if it does.
func refusal(_ body: () throws -> some Any) -> MalformedInput? {
    do {
        _ = try body()
        return nil
    } catch Failure.refused(let refusal) {
        return refusal as? MalformedInput
    } catch {
        return nil
    }
}
