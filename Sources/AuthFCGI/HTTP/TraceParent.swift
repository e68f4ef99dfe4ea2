import Logging

/// What a client says of the trace that its request belongs to (W3C Trace Context, section 3.2).
///
/// It is a client's word: it stands in our logs beside `request_id`, so that whoever has both can join them, and
/// decides nothing.
struct TraceParent: Equatable {
    let traceID: String
    /// The span of the client that asks.
    let parentID: String

    /// Nil when it is not well-formed. A version that does not exist yet is read as far as it is told how.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= Self.length, let version = Self.hex(bytes, 0..<2), version != "ff",
            let trace = Self.hex(bytes, 3..<35), let parent = Self.hex(bytes, 36..<52),
            Self.hex(bytes, 53..<55) != nil, [2, 35, 52].allSatisfy({ bytes[$0] == Self.dash }),
            bytes.count == Self.length || version != "00" && bytes[Self.length] == Self.dash,
            trace.contains(where: { $0 != "0" }), parent.contains(where: { $0 != "0" })
        else { return nil }
        traceID = trace
        parentID = parent
    }

    /// Of version 00, in bytes.
    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// Digits, and letters in lower case only.
    private static func hex(_ bytes: [UInt8], _ range: Range<Int>) -> String? {
        let digits = bytes[range]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension Request {
    /// What every line of the log says of a request: its number, and its trace if it came with one.
    var logged: Logger.Metadata {
        var metadata: Logger.Metadata = ["request_id": "\(id)"]
        if let trace = self[.traceParent].flatMap(TraceParent.init) {
            metadata["trace_id"] = "\(trace.traceID)"
            metadata["parent_id"] = "\(trace.parentID)"
        }
        return metadata
    }
}

extension Logger.Metadata {
    /// The same with more members.
    func with(_ more: Logger.Metadata) -> Logger.Metadata { merging(more) { _, new in new } }
}
