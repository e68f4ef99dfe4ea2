@testable import AuthFCGI

/// The gate's rule a second time, written from the FastCGI specification alone and as plainly as it can be: all records
/// first, then all pairs, then the verdict. It is slow, and the fast one must agree with it on every input.
struct ReferenceScanner {
    /// What the gate and libfcgi should make of the bytes.
    enum Verdict: Equatable {
        case incomplete
        case rejected(RecordScanner.Reason)
        case ready(body: RecordScanner.BodyState, Request)
    }

    struct Request: Equatable {
        /// Those that are known; values as bytes.
        var parameters: [Parameter: [UInt8]] = [:]
        /// All of it when it is complete.
        var body: [UInt8] = []
    }

    static let parameterLimit = 65536
    static let bodyLimit = 65536
    static let window = 65536 + 65536 + 32768

    private typealias Rejection = RecordScanner.Reason

    private let bytes: [UInt8]
    private var position = 0
    private var stream: [UInt8] = []
    private var request = Request()
    private var declared: Int? = 0

    static func scan(_ bytes: [UInt8]) -> Verdict {
        var scanner = ReferenceScanner(bytes: bytes)
        do throws(RecordScanner.Reason) {
            if let verdict = try scanner.verdict() { return verdict }
        } catch {
            return .rejected(error)
        }
        return bytes.count >= window ? .rejected(.tooManyBytes) : .incomplete
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Nil when bytes are missing.
    private mutating func verdict() throws(RecordScanner.Reason) -> Verdict? {
        // FCGI_BEGIN_REQUEST, whose body has eight bytes: the role in two, flags, five reserved.
        guard let begin = try record(1, ofRequest: nil, room: { length, _ in length == 8 ? nil : .beginLength }) else {
            return nil
        }
        guard begin.content[0] == 0, begin.content[1] == 1 else { throw .role }

        // FCGI_PARAMS until an empty one.
        while true {
            let soFar = stream.count
            guard
                let record = try record(
                    4, ofRequest: begin.request,
                    room: { length, padding in
                        // libfcgi takes padding after the empty record as the next record.
                        if length == 0, padding > 0 { return .padding }
                        return soFar + length <= Self.parameterLimit ? nil : .tooManyBytes
                    })
            else { return nil }
            if record.content.isEmpty { break }
            stream += record.content
        }
        try readPairs()
        if let declared, declared > Self.bodyLimit { return .ready(body: .tooLarge, request) }

        // FCGI_STDIN until an empty one.
        while true {
            guard let record = try record(5, ofRequest: begin.request, room: { _, _ in nil }) else { return nil }
            if record.content.isEmpty { break }
            request.body += record.content
            if request.body.count > Self.bodyLimit { return .ready(body: .tooLarge, request) }
        }
        if position < bytes.count { throw .trailingBytes }
        let isWhole = request.body.count == declared
        return .ready(body: isWhole ? .complete(request.body.count) : .truncated, request)
    }

    /// The next record, which has to be of this type and request. What is wrong is said as soon as it can be seen:
    /// the version from one byte, the type from two, the rest from the header's eight.
    private mutating func record(
        _ type: UInt8, ofRequest wanted: Int?, room: (_ length: Int, _ padding: Int) -> RecordScanner.Reason?
    ) throws(RecordScanner.Reason) -> (request: Int, content: [UInt8])? {
        let left = bytes.count - position
        if left >= 1, bytes[position] != 1 { throw .version }
        if left >= 2, ![1, 2, 4, 5].contains(bytes[position + 1]) { throw .type }
        if left < 8 { return nil }
        let id = Int(bytes[position + 2]) * 256 + Int(bytes[position + 3])
        let length = Int(bytes[position + 4]) * 256 + Int(bytes[position + 5])
        let padding = Int(bytes[position + 6])
        if id == 0 { throw .requestID }
        if bytes[position + 1] == 2 { throw .aborted }
        if bytes[position + 1] != type { throw .order }
        if let reason = room(length, padding) { throw reason }
        if let wanted, wanted != id { throw .requestID }
        if left < 8 + length + padding { return nil }
        defer { position += 8 + length + padding }
        return (id, Array(bytes[position + 8..<position + 8 + length]))
    }

    private mutating func readPairs() throws(RecordScanner.Reason) {
        var offset = 0
        while offset < stream.count {
            let nameLength = try length(at: &offset)
            let valueLength = try length(at: &offset)
            if nameLength + valueLength > stream.count - offset { throw .parameterLength }
            let name = Array(stream[offset..<offset + nameLength])
            offset += nameLength
            let value = Array(stream[offset..<offset + valueLength])
            offset += valueLength
            if name.isEmpty || name.contains(0) || name.contains(0x3D) { throw .parameterName }
            guard let known = Parameter.allCases.first(where: { Array($0.rawValue.utf8) == name }) else { continue }
            if request.parameters[known] != nil { throw .duplicateParameter }
            if value.contains(0) { throw .parameterValue }
            request.parameters[known] = value
        }
        if let text = request.parameters[.contentLength], !text.isEmpty {
            let isNumber = text.allSatisfy { (48...57).contains($0) }
            // More digits than any number has are a number beyond all limits.
            declared = isNumber ? Int(String(decoding: text, as: UTF8.self)) ?? .max : nil
        }
    }

    private func length(at offset: inout Int) throws(RecordScanner.Reason) -> Int {
        guard offset < stream.count else { throw .parameterLength }
        if stream[offset] < 128 {
            defer { offset += 1 }
            return Int(stream[offset])
        }
        guard offset + 4 <= stream.count else { throw .parameterLength }
        defer { offset += 4 }
        return Int(stream[offset] - 128) << 24 + Int(stream[offset + 1]) << 16 + Int(stream[offset + 2]) << 8
            + Int(stream[offset + 3])
    }
}
