import Domain
import Foundation
import Logging
import Support

@testable import AuthFCGI

/// Headers and parameters of one line, and the line that the log makes of them.
enum HeadersTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        case UInt8(ascii: "a"): try judgeAccept(rest.text)
        case UInt8(ascii: "t"): try judgeType(rest.text)
        case UInt8(ascii: "c"): try judgeCookies(rest.text)
        case UInt8(ascii: "k"): try judgeCredential(rest.lines(2))
        case UInt8(ascii: "n"): try judgeAddress(rest.text)
        case UInt8(ascii: "x"): try judgeCrossSite(rest.lines(3))
        case UInt8(ascii: "m"): try judgeAge(rest.text)
        case UInt8(ascii: "p"): try judgeTrace(rest.text)
        case UInt8(ascii: "g"): try judgeAgent(rest.text)
        case UInt8(ascii: "l"): try judgeLogLine(rest.lines(3))
        case UInt8(ascii: "h"): try judgeHead(rest.lines(2))
        default: break
        }
    }

    private static func judgeAccept(_ text: String) throws(Violation) {
        let prefers = AcceptHeader.prefersJSON(text)
        try hold(!(prefers && AcceptHeader.prefersHTML(text)), "JSON and HTML are both preferred")
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return }
        try hold(AcceptHeader.prefersJSON(text.uppercased()) == prefers, "case matters")
        if prefers { try hold(text.lowercased().contains("json"), "JSON was not named") }
        if text.utf8.filter({ $0 == 0x2C }).count < 63, !text.isEmpty {
            try hold(!AcceptHeader.prefersJSON(text + ",text/html"), "HTML is named as high")
        }
    }

    private static func judgeType(_ text: String) throws(Violation) {
        let type = ContentType(text)
        let names: [ContentType: String] = [
            .form: "application/x-www-form-urlencoded", .json: "application/json",
            .mergePatch: "application/merge-patch+json",
        ]
        guard let name = names[type] else { return }
        let lowered = text.lowercased().trimmingCharacters(in: [" ", "\t"])
        try hold(lowered.hasPrefix(name), "\(text) is no \(name)")
        try hold(lowered == name || lowered.contains("utf-8"), "\(text) has a parameter that is not UTF-8")
    }

    private static func judgeCookies(_ text: String) throws(Violation) {
        let name = "__Host-sid"
        // The plain rule, without its limits: every part between semicolons, without spaces before it. Bytes, because a mark
        // behind a semicolon makes another character of it.
        let parts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            String(decoding: part.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        }
        let values = parts.filter { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        switch Cookies.value(of: name, in: text) {
        case .absent: try hold(values.isEmpty, "a cookie was overlooked in \(text)")
        case .value(let value):
            try hold(values == [value], "\(value) was read from \(text)")
            try hold(value.utf8.allSatisfy(Cookies.isOctet) && text.utf8.count <= 8192, "\(value) is no value")
        case .ambiguous: break
        }
    }

    /// Two lines: `Cookie` and `Authorization`.
    private static func judgeCredential(_ lines: [String]) throws(Violation) {
        let parameters: [Parameter: String] = [.cookie: lines[0], .authorization: lines.count > 1 ? lines[1] : ""]
        let credential = Credential(LineRequest.request(parameters), cookieName: "sid")
        guard case .session(let token, let carrier) = credential else { return }
        let text = token.reveal()
        try hold(text.wholeMatch(of: /s_[A-Za-z0-9_-]{86}/) != nil, "\(text) is no token")
        try hold(lines[carrier == .cookie ? 0 : 1].contains(text), "the token is not the one that was sent")
    }

    private static func judgeAddress(_ text: String) throws(Violation) {
        guard let address = NetworkAddress(parsing: text) else { return }
        try hold(NetworkAddress(parsing: address.text) == address, "\(text) became \(address.text)")
        try hold(address.bytes.count == 16, "an address of \(address.bytes.count) bytes")
        try hold(address.isIPv4 == !address.text.contains(":"), "\(address.text) is of the other family")
    }

    /// Three lines: `Origin`, `Sec-Fetch-Site`, `Referer`; an empty one was not sent.
    private static func judgeCrossSite(_ lines: [String]) throws(Violation) {
        let rule = CrossSite(
            ownOrigins: ["https://own.example"], formOrigins: ["https://forms.example"],
            settingsOrigins: ["https://settings.example"])
        let sent = (lines + ["", "", ""]).prefix(3).map { $0.isEmpty ? nil : $0 }
        let verdict = rule.verdict(
            .account, origin: sent[0], secFetchSite: sent[1], referer: sent[2], credential: .cookie)
        guard verdict == .allowed else { return }
        let listed = ["https://own.example", "https://settings.example"]
        let isOwnPage = sent[0] == nil && sent[1] == nil && sent[2]?.hasPrefix("https://own.example/") == true
        try hold(
            sent[1] == "same-origin" || sent[0].map(listed.contains) == true || isOwnPage,
            "\(lines) may act on an account")
    }

    private static func judgeAge(_ text: String) throws(Violation) {
        let now = Instant(seconds: 1_770_091_506)
        let age = LineRequest.request([.receivedAt: text]).age(at: now)
        try hold(age >= .zero && age <= .seconds(1_770_091_506), "an age of \(age)")
        guard age > .zero else { return }
        let sent = text.wholeMatch(of: /([0-9]{1,12})\.([0-9]{3})/).flatMap { Int64($0.1 + $0.2) }
        try hold(sent.map { .milliseconds(now.milliseconds - $0) } == age, "\(text) is \(age) old")
    }

    private static func judgeTrace(_ text: String) throws(Violation) {
        guard let trace = TraceParent(text) else { return }
        let fields = text.prefixMatch(of: /[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/)
        try hold(fields.map { $0.1 == trace.traceID && $0.2 == trace.parentID } == true, "\(text) is read as \(trace)")
        try hold(!text.hasPrefix("00-") || text.utf8.count == 55, "\(text) is longer than version 00")
    }

    private static func judgeAgent(_ text: String) throws(Violation) {
        let request = LineRequest.request([.remoteAddress: "192.0.2.1", .userAgent: text])
        guard let agent = Origin(request, device: nil)?.userAgent else { throw Violation(description: "no user agent") }
        try hold(agent.utf8.count <= 400, "\(agent.utf8.count) bytes")
        try hold(agent.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character")
    }

    private static func judgeLogLine(_ lines: [String]) throws(Violation) {
        var metadata: Logger.Metadata = ["path": "\(lines.last ?? "")", "status": .stringConvertible(200)]
        metadata[lines[0]] = .string(lines.count > 1 ? lines[1] : "")
        let line = LogLine.bytes(at: .test, level: .info, event: "request", metadata: metadata)
        try hold(line.count <= LogLine.limit && line.last == 0x0A, "a line of \(line.count) bytes")
        try hold(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character in a line")
        // Not our own parser, which refuses a NUL.
        let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        guard let object else {
            throw Violation(description: "the line is no JSON: \(String(decoding: line, as: UTF8.self))")
        }
        try hold(object["event"] as? String == "request", "the event is another")
    }

    private static func judgeHead(_ lines: [String]) throws(Violation) {
        let header = Response.Header(name: lines[0], value: lines.count > 1 ? lines[1] : "")
        let response = Response(200, headers: [header])
        guard let head = ResponseHead.bytes(for: response, bodyCount: 0) else { return }
        let written = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let expected = ["Status: 200 OK", "\(header.name): \(header.value)", "Content-Length: 0", "", ""]
        try hold(written == expected, "the head is \(written)")
    }
}

/// Requests of parameters alone.
enum LineRequest {
    static func request(_ parameters: [Parameter: String]) -> Request {
        Request(
            id: RequestID(trusted: [UInt8](repeating: 7, count: 16)), parameters: Source(parameters),
            body: .complete([]))
    }

    private final class Source: ParameterSource {
        private let values: [Parameter: String]

        init(_ values: [Parameter: String]) { self.values = values }

        func value(of parameter: Parameter) -> String? { values[parameter] }
    }
}
