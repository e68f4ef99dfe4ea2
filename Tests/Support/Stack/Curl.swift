internal import Foundation

/// An HTTP client that does exactly what a test says: no header, cookie or redirect of its own accord.
package struct Curl: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let headers: [(name: String, value: String)]
        package let body: String

        /// The first value of a header, whatever the case of its name.
        package subscript(header: String) -> String? {
            headers.first { $0.name == header.lowercased() }?.value
        }

        /// `name=value` of the cookies it sets, without their attributes.
        package var cookies: [String] {
            headers.filter { $0.name == "set-cookie" }.map { String($0.value.prefix { $0 != ";" }) }
        }
    }

    private let origin: String

    package init(_ origin: String) {
        self.origin = origin
    }

    /// Sends one request. The path goes out as it is written, `..` included.
    package func send(
        _ method: String, _ path: String, headers: [String: String] = [:], cookies: [String] = [], body: String? = nil
    ) throws -> Answer {
        var arguments = ["curl", "--silent", "--show-error", "--insecure", "--include", "--path-as-is", "--globoff"]
        arguments += ["--max-time", "20", "--noproxy", "*", "--http1.1"]
        arguments += method == "HEAD" ? ["--head"] : ["--request", method]
        for (name, value) in headers { arguments += ["--header", value.isEmpty ? "\(name);" : "\(name): \(value)"] }
        if !cookies.isEmpty { arguments += ["--header", "Cookie: " + cookies.joined(separator: "; ")] }
        if body != nil { arguments += ["--header", "Expect:", "--data-binary", "@-"] }
        arguments.append(origin + path)
        return try Self.parse(Command(arguments).output(input: body ?? ""))
    }

    /// Posts a form as a browser without fetch metadata would.
    package func post(
        _ path: String, form: KeyValuePairs<String, String>, headers: [String: String] = [:], cookies: [String] = []
    ) throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        let body = form.map { "\(Self.encode($0.key))=\(Self.encode($0.value))" }.joined(separator: "&")
        return try send("POST", path, headers: headers, cookies: cookies, body: body)
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let plain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return plain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func parse(_ text: String) throws -> Answer {
        guard let end = text.range(of: "\r\n\r\n") else { throw Command.Failed(description: "no HTTP answer") }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else {
            throw Command.Failed(description: "no status: \(lines[0])")
        }
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
        return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
