import Foundation
import Support
import Testing

/// One endpoint, as `authfcgi routes --json` lists it.
struct Endpoint: Decodable, Sendable, CustomTestStringConvertible {
    let method: String
    let path: String
    let pool: String

    var testDescription: String { "\(method) \(path)" }

    /// A path of it that may exist.
    var target: String { path.replacingOccurrences(of: "{id}", with: "01a1fc06-2a41-72fa-b089-2d6614cfcd62") }

    /// Its own, and the same in every run.
    var seed: UInt64 { testDescription.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) } }

    /// What the tests of this program were built with; empty when the program does not say, which a test notices.
    static let all: [Endpoint] = {
        let text = try? Command(Stack.binary, "routes", "--json").output()
        return text.flatMap { try? JSONDecoder().decode([Endpoint].self, from: Data($0.utf8)) } ?? []
    }()
}

/// A request in parts, each of which can be hostile.
struct HostileRequest {
    var target: String
    var headers: [(name: String, value: [UInt8])]
    var body: [UInt8]
    /// What is said of the body's length; nil for the truth.
    var declared: String?
}

/// Makes hostile requests: hand-written classics first, then seeded mutations of them.
struct HostileInput {
    private var generator: SeededGenerator
    private let endpoint: Endpoint

    init(_ endpoint: Endpoint, seed: UInt64) {
        self.endpoint = endpoint
        generator = SeededGenerator(seed: seed)
    }

    static let fields = [
        "email", "username", "preferred_username", "name", "display_name", "password", "current_password",
        "new_password", "remember", "carrier", "scope", "picture", "identifier", "login", "return_to", "error_to",
        "csrf_token", "id", "user_id", "role", "is_admin", "sub", "",
    ]

    static let texts: [[UInt8]] = goodUTF8.map { Array($0.utf8) } + badBytes

    private static let goodUTF8: [String] = [
        "", " ", "+", "%", "%%", "%0", "%zz", "%00", "a\u{0}b", "\u{200B}", "\u{202E}gnp.exe", "mıke", "ﬀ", "Å",
        "\u{FEFF}",
        "\u{E000}", "𝔪𝔦𝔨𝔢", "e\u{301}\u{301}\u{301}", "' OR 1=1 -- ", "\\", "\"", "${7*7}", "{{7*7}}", "<script>",
        "\r\nX-Injected: 1", "%0d%0aX-Injected:%201", "a\nb", "//evil.example", "/\\evil.example",
        "javascript:alert(1)",
        "/..%2f..", "9223372036854775808", "-1", "1e999", "true", "null", "[]", "{}", "on", "s_", "Bearer ", "@",
        "a@b",
        "a@b@c", "a,b@example.org", "a@[127.0.0.1]",
        "a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "xn--", "a@xn--a.",
    ]

    private static let badBytes: [[UInt8]] = [
        [0xFF], [0xC0, 0x80], [0xC0, 0xAE], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF8],
        [0xC3], [0x80], [0x01], [0x7F], [0x1B, 0x5B, 0x32, 0x4A], [UInt8](repeating: 0x41, count: 5000),
        [UInt8](repeating: 0xCC, count: 2000), [UInt8](repeating: 0x25, count: 600),
    ]

    static let json: [[UInt8]] = (smallJSON + largeJSON).map { Array($0.utf8) } + badJSON

    private static let smallJSON: [String] = [
        "", "{", "}", "[]", "null", "0", "\"\"", "{}{}", "{} x", "{\"email\":}", "{\"a\":1,\"a\":2}", "{\"\":1}",
        "{\"password\":\"\\ud800\"}", "{\"password\":\"\\u0000\"}", "{\"password\":\"\\udc00\\ud800\"}",
        "{\"email\":1e999}",
        "{\"email\":99999999999999999999999999}", "{\"email\":-0}", "{\"password\":true}", "{\"password\":[\"a\"]}",
        "{\"password\":{\"a\":1}}", "{\"username\":null,\"password\":null}", "{'a':1}", "{\"a\":NaN}", "\u{FEFF}{}",
        "{\"is_admin\":true}", "{\"id\":0}", "{\"name\":null}", "{\"remember\":\"yes\"}", "{\"scope\":0}",
        "{\"username\":0,\"password\":0}", "{\"__proto__\":{}}", "{\"name\":\"\\u202e\"}", "/* */{}", "{\"a\":01}",
    ]

    private static let largeJSON: [String] = [
        String(repeating: "[", count: 60000),
        String(repeating: "{\"a\":", count: 33) + "1" + String(repeating: "}", count: 33),
        "{" + (0..<101).map { "\"a\($0)\":1" }.joined(separator: ",") + "}",
        "{\"name\":\"" + String(repeating: "a", count: 65000) + "\"}",
    ]

    /// No UTF-8, and another encoding.
    private static let badJSON: [[UInt8]] = [
        [0x7B, 0x22, 0x6E, 0x22, 0x3A, 0x22, 0xC0, 0xAF, 0x22, 0x7D], [0xFF, 0xFE, 0x7B, 0, 0x7D, 0],
    ]

    static let headers = [
        "cookie", "authorization", "origin", "referer", "sec-fetch-site", "user-agent", "accept", "x-csrf-token",
    ]

    private static let manyCookies = Array((0..<10_000).map { "a\($0)=\($0)" }.joined(separator: "; ").utf8)

    static let types = [
        "application/json", "application/x-www-form-urlencoded", "application/merge-patch+json", "text/plain",
        "multipart/form-data; boundary=x", "application/json; charset=utf-16", "", "/", "application/json\u{0B}", ";;;",
        "application/json;application/x-www-form-urlencoded",
    ]

    /// The session's own header, and `count` requests with something wrong each.
    mutating func requests(_ count: Int, token: String) -> [HostileRequest] {
        (0..<count).map { request($0, token: token) }
    }

    private mutating func request(_ index: Int, token: String) -> HostileRequest {
        var request = HostileRequest(target: endpoint.target, headers: [], body: [], declared: nil)
        let isAuthorized = Bool.random(using: &generator) || index.isMultiple(of: 2)
        if isAuthorized { request.headers.append(("authorization", Array("Bearer \(token)".utf8))) }
        let isChanging = endpoint.method != "GET"
        if isChanging { request.headers.append(("content-type", Array("application/json".utf8))) }
        switch index % 5 {
        case 0 where isChanging, 1 where isChanging: addBody(to: &request, index / 5 + index % 5 * 20)
        case 2: addHeader(to: &request)
        case 3: addCookie(to: &request)
        default: addPath(to: &request)
        }
        return request
    }

    private mutating func addBody(to request: inout HostileRequest, _ index: Int) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: request.body = index < Self.json.count ? Self.json[index] : pick(Self.json)
        case 2: request.body = object()
        case 3:
            request.body = form()
            request.headers[request.headers.count - 1].value = Array("application/x-www-form-urlencoded".utf8)
        case 4:
            request.body = mutated(object())
            request.headers[request.headers.count - 1].value = Array(pick(Self.types).utf8)
        default:
            request.body = object()
            request.declared = pick(["-1", "0", "1", "65536", "65537", "99999999999999999999", "abc", "0x10", ""])
        }
    }

    private mutating func addHeader(to request: inout HostileRequest) {
        let name = pick(Self.headers)
        request.headers.removeAll { $0.name == name }
        let value =
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: Array(repeating: UInt8(ascii: "a"), count: 8192)
            case 1: mutated(Array("Bearer s_AAAA".utf8))
            default: pick(Self.texts)
            }
        request.headers.append((name, value))
    }

    private mutating func addCookie(to request: inout HostileRequest) {
        let value =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: Self.manyCookies
            case 1: Array("__Host-sid=a; __Host-sid=b".utf8)
            case 2: Array("__Host-sid=".utf8) + pick(Self.texts)
            case 3: Array("__Host-flash=".utf8) + pick(Self.texts)
            case 4: Array(("__Host-flash=" + String(repeating: "A", count: 3499)).utf8)
            default: mutated(Array("__Host-sid=s_\(String(repeating: "A", count: 86)); x=y; =; ;;".utf8))
            }
        request.headers.append(("cookie", value))
    }

    private mutating func addPath(to request: inout HostileRequest) {
        let odd = [
            "/", "//", "/.", "/..", "/%2e%2e", "%00", ";a=1", "/%2f", "?", "?a=1&a=2", "?return_to=//evil", "?%",
            "?\u{FF}",
            "%c0%af", "/\u{200B}", "%0d%0aX-Injected:1", "#x", "/" + String(repeating: "a", count: 2000), "\\", "%5c",
            "/*", "~",
        ]
        request.target =
            Bool.random(using: &generator)
            ? request.target + pick(odd) : pick(["", "*", "http://evil/", "/auth"]) + pick(odd)
    }

    private mutating func object() -> [UInt8] {
        let members = (0..<Int.random(in: 1...5, using: &generator)).map { _ -> [UInt8] in
            let name = pick(Self.fields)
            let value = Bool.random(using: &generator) ? [0x22] + pick(Self.texts) + [0x22] : pick(Self.json)
            return Array("\"\(name)\":".utf8) + value
        }
        return [0x7B] + Array(members.joined(separator: [0x2C])) + [0x7D]
    }

    private mutating func form() -> [UInt8] {
        let pairs = (0..<Int.random(in: 1...110, using: &generator)).map { _ -> [UInt8] in
            Array("\(pick(Self.fields))\(Bool.random(using: &generator) ? "=" : "")".utf8) + pick(Self.texts)
        }
        return Array(pairs.joined(separator: [0x26]).prefix(70_000))
    }

    /// A few bytes changed, doubled or cut.
    private mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.insert(bytes[place], at: place)
            default: bytes.remove(at: place)
            }
        }
        return bytes
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &generator)]
    }
}
