import Foundation
import JSON
import Support
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String) throws(JSONProblem) -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-12", -12), ("1.5", 1.5),
            ("1e2", .real(100)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            (#""""#, ""), (#""a\u00e9\n\"\\\/""#, .string("aé\n\"\\/")), (#""\ud83d\ude00""#, "😀"), ("[]", []),
            ("[1,[2],{}]", [1, [2], .object(JSONObject())]), (#"{"b":1,"a":{"c":null}}"#, ["b": 1, "a": ["c": nil]]),
        ] as [(String, JSONValue)])
    func `valid JSON is read`(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "NaN", "Infinity", "01", "+1", "1.", ".5", "0x1", "1e999", "9223372036854775808", "'a'", "\"a",
        "\"\t\"", #""\x""#, #""\u00""#, #""\u0000""#, #"{"a\u0000b":1}"#, #""\ud800""#, #""\ud800\u0041""#,
        #""\udc00""#,
        "[1,]", "[1 2]", "{\"a\":1,}", "{a:1}", "{\"a\"}", "{\"a\":1,\"a\":2}", #"{"a":1,"\u0061":2}"#,
        "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]", "{} {}", "1 2", "[]x", "// c\n1", "[1]]", "\u{FEFF}{}", "null\0",
        "null\0x", "[\0]",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: JSONProblem.invalid) { try parse(text) }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3, 0x22],
    ])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: JSONProblem.invalid) { try JSONValue.parse(bytes) }
    }

    @Test func `thirty-two levels are read and thirty-three are not`() throws {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try parse(nested(32)) }
        #expect(throws: JSONProblem.tooDeep) { try parse(nested(33)) }
        #expect(throws: JSONProblem.tooDeep) { try parse(String(repeating: "{\"a\":", count: 60_000)) }
        #expect(
            try parse("\"\(String(repeating: "[", count: 40))\\\"{\"")
                == .string(String(repeating: "[", count: 40) + "\"{"))
    }

    @Test(
        arguments: [
            (
                ["z": 1, "a": [true, nil, -2.5], "é/": "\"\\\n\u{1}"],
                #"{"z":1,"a":[true,null,-2.5],"é/":"\"\\\n\u0001"}"#
            ),
            ("\u{0}", #""\u0000""#), (.real(.infinity), "null"), (.real(.nan), "null"), ([], "[]"),
            (.object(JSONObject()), "{}"), (["twice": 1, "other": 2, "twice": 3], #"{"twice":3,"other":2}"#),
        ] as [(JSONValue, String)])
    func `a value is written compactly and in order`(value: JSONValue, text: String) {
        #expect(String(decoding: value.encoded(), as: UTF8.self) == text)
    }

    @Test func `setting a member replaces, appends or removes it`() {
        var object = JSONObject()
        object["a"] = 1
        object["b"] = 2
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(object.names == ["a", "c"])
        #expect(object["a"] == 3)
        #expect(object["b"] == nil)
    }

    @Test func `ten thousand random texts are refused, or read as Foundation reads them and back`() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "\"", "\\", "\\u00e9", "\\ud800", "1", "-0.5", "e3", "true",
            "null", " ", "\n", "é", "\u{0}", "\"a\":1", "\"b\":[", "{\"c\":{}}",
        ]
        var read = 0
        for _ in 0..<10_000 {
            let text = random.text(of: pieces, limit: 9)
            guard let value = try? parse(text) else { continue }
            read += 1
            #expect(try JSONValue.parse(value.encoded()) == value, "\(text)")
            #expect(throws: Never.self, "\(text)") {
                try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
        }
        #expect(read > 100)
    }
}
