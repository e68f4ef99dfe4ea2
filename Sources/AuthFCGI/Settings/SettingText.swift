/// How durations, origins and quoted text look in settings.
enum SettingText {
    /// Text between quotes, as libconfig reads it.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isBlank)
        return String(start.reversed().drop(while: isBlank).reversed())
    }

    private static let units: [(suffix: String, seconds: Int)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]

    /// Reads `"30s"`, `"15m"`, `"2h"`, `"14d"`; nil for anything else, and for what does not fit.
    static func duration(_ text: String) -> Duration? {
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
        let digits = text.dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits) else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
        return overflow ? nil : .seconds(seconds)
    }

    /// The shortest spelling in whole units.
    static func duration(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        let unit = units.first { seconds != 0 && seconds.isMultiple(of: $0.seconds) } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.suffix)"
    }

    /// The host of an origin as browsers write it (RFC 6454): scheme, host, port when it is not the scheme's own,
    /// nothing behind. Nil when the text is not one.
    static func host(ofOrigin text: String) -> String? {
        let schemes = [("https://", "443"), ("http://", "80")]
        guard let (scheme, ownPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        var host = text.dropFirst(scheme.count)
        if let colon = host.lastIndex(of: ":"), host.last != "]" {
            let port = host[host.index(after: colon)...]
            guard port != ownPort, port.first != "0", port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                UInt16(port) != nil
            else { return nil }
            host = host[..<colon]
        }
        return isHost(host) ? String(host) : nil
    }

    /// A name of lower-case labels, or an address; IPv6 stands in brackets.
    private static func isHost(_ host: Substring) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            return address.contains(":") && address.utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
            }
    }
}
