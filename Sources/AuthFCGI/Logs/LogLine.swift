internal import Domain
internal import Logging

/// One event as one JSON object on one line.
///
/// Nothing that a client wrote can make a second line or another member: every value is an escaped string or a number.
enum LogLine {
    /// Bytes of one value.
    static let valueLimit = 1024
    /// Of the event, which is ours and short; escaped, each byte may become six.
    static let eventLimit = 512
    /// Bytes of a line, its end included: what PIPE_BUF says that a pipe takes in one piece, so that lines of several
    /// workers never mix.
    static let limit = 4096

    private static let reserved: Set<String> = ["ts", "level", "event", "truncated"]

    /// - Parameter event: what happened, in words that stay the same.
    static func bytes(
        at instant: Instant, level: Logger.Level, event: String, metadata: Logger.Metadata
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line.append(UInt8(ascii: "{"))
        member("ts", instant.rfc3339, in: &line)
        member("level", level.rawValue, in: &line)
        member("event", event, limit: eventLimit, in: &line)
        let end = #","truncated":"true"}"#.utf8.count + 1
        var isWhole = true
        for key in metadata.keys.sorted() {
            let length = line.count
            value(metadata[key] ?? "", named: reserved.contains(key) ? key + "_" : key, in: &line)
            if line.count + end > limit {
                line.removeSubrange(length...)
                isWhole = false
            }
        }
        if !isWhole { member("truncated", "true", in: &line) }
        line += "}\n".utf8
        return line
    }

    private static func member(
        _ name: String, _ text: String, limit: Int = valueLimit, in line: inout [UInt8]
    ) {
        if line.count > 1 { line.append(UInt8(ascii: ",")) }
        JSONText.append(name, to: &line, limit: 64)
        line.append(UInt8(ascii: ":"))
        JSONText.append(text, to: &line, limit: limit)
    }

    private static func value(_ value: Logger.MetadataValue, named name: String, in line: inout [UInt8]) {
        if case .stringConvertible(let number as any FixedWidthInteger) = value {
            line.append(UInt8(ascii: ","))
            JSONText.append(name, to: &line, limit: 64)
            line += ":\(number)".utf8
        } else {
            member(name, value.description, in: &line)
        }
    }
}
