import Foundation
import Testing

/// The shipped nginx files stay away from what has gone wrong in nginx: text that is measured once and written once
/// more (captures over what clients send), and modules that did the same (security H7).
@Suite struct NginxRulesTests {
    private static let files = try? FileManager.default.contentsOfDirectory(atPath: repository + "/nginx").sorted()

    @Test func `no shipped nginx file uses what has gone wrong before`() throws {
        let files = try #require(Self.files)
        #expect(files.count >= 10)
        for file in files {
            let text = try String(contentsOfFile: "\(repository)/nginx/\(file)", encoding: .utf8)
            #expect(Self.violations(in: text, of: file) == [], "\(file)")
        }
    }

    /// The one place: our cookies are cut out of the Cookie header before an application sees it.
    @Test func `captures stand in the maps of our cookies alone`() throws {
        let text = try String(contentsOfFile: repository + "/nginx/http.conf", encoding: .utf8)
        let pattern = #/map \$[a-z_]*(cookies?|session) \$authfcgi_[a-z_]+ \{[^}]*\}/#
        let maps = text.matches(of: pattern).map { String($0.0) }
        #expect(maps.map { Self.violations(in: $0, of: "other.conf").count } == [1, 1, 1, 0])
    }

    @Test(arguments: [
        ("rewrite ^/a/(.*)$ /b/$1 last;", 3), ("location ~ ^/user/(.+)$ { return 200; }", 1),
        (#"map $uri $x { "~^/(?<name>[^/]+)/" $name; }"#, 1), (#"map $uri $x { ~^/(?P<name>a) 1; }"#, 1),
        (#"map $args $x { "~^(?:a|\(b)[(]c$" 1; }"#, 0), ("set $x $1;", 1), ("slice 1m;", 1),
        ("location / { ssi on; }", 1), ("fastcgi_param RTT $tcpinfo_rtt;", 1), ("# rewrite and $tcpinfo_rtt", 0),
        ("if ($http_x ~ \"(a)\") { return 400; }", 1), ("proxy_set_header X ${1};", 1),
    ])
    func `each of them would be found`(_ text: String, _ count: Int) {
        #expect(Self.violations(in: text, of: "other.conf").count == count, "\(text)")
    }

    /// - Returns: one line for each word that must not stand there.
    private static func violations(in text: String, of file: String) -> [String] {
        var found: [String] = []
        var previous = ""
        for word in words(of: text) {
            let isCookieMap = file == "http.conf" && word.contains(#/authfcgi_(before|ahead|left)/#)
            if ["rewrite", "slice"].contains(word) { found.append(word) }
            // Pages that put themselves together: only where the example does, which it does not today.
            if word == "ssi", file != "example.conf" { found.append(word) }
            if word.contains("$tcpinfo_") { found.append(word) }
            if word.contains(#/\$\{?[1-9]/#) { found.append(word) }
            let isPattern = word.hasPrefix("~") || ["~", "~*", "!~", "!~*", "rewrite"].contains(previous)
            if isPattern, captures(word), !isCookieMap { found.append(word) }
            previous = word
        }
        return found
    }

    /// Words and quoted texts without comments; what ends a statement ends a word.
    private static func words(of text: String) -> [String] {
        let token = #/#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:\$\{[^}]*\}|[^\s;{}"'#\\]|\\.)+)/#
        return text.matches(of: token).compactMap { match in
            (match.1 ?? match.2 ?? match.3).map { String($0) }
        }
    }

    /// Whether a pattern keeps a part of what it met.
    private static func captures(_ pattern: String) -> Bool {
        let withoutEscapes = pattern.replacing(#/\\./#, with: "")
        let withoutClasses = withoutEscapes.replacing(#/\[[^\]]*\]/#, with: "")
        return withoutClasses.contains(#/\((?!\?)|\(\?(?:P?<[a-zA-Z]|')/#)
    }
}
