/// Looks at the bytes of a connection before libfcgi does.
///
/// libfcgi aborts on crafted lengths and waits for what never comes. So it gets a connection only when one whole
/// request lies there and every length in it is true. The scanner is pure: the same bytes, the same verdict.
enum RecordScanner {
    enum Verdict: Equatable {
        /// Nothing is wrong so far, and something is missing.
        case incomplete
        case ready(Preview)
        case rejected(Reason)
    }

    /// What is known of a request before it is read.
    struct Preview: Equatable {
        let body: BodyState
        /// The value of `AUTHFCGI_POOL_SECRET`.
        let poolSecret: [UInt8]?
        /// The value of `HTTP_COOKIE`.
        var cookie: ArraySlice<UInt8>?
    }

    enum BodyState: Equatable {
        /// So many bytes, as declared.
        case complete(Int)
        /// Over `Body.limit`, declared or sent; the rest may not have arrived.
        case tooLarge
        /// Another number of bytes than declared.
        case truncated
    }

    enum Reason: String, Equatable {
        case version, type, role, order
        case beginLength = "begin_length"
        case requestID = "request_id"
        case aborted
        /// After the empty record that ends the parameters, where libfcgi reads padding as the next record.
        case padding
        case parameterLength = "parameter_length"
        case parameterName = "parameter_name"
        case parameterValue = "parameter_value"
        case duplicateParameter = "duplicate_parameter"
        case tooManyBytes = "too_many_bytes"
        case trailingBytes = "trailing_bytes"
    }

    /// The most bytes of all parameters, their lengths included.
    static let parameterLimit = 64 * 1024

    /// The most bytes a request may come to: both limits, and room for the headers and padding of some hundred records.
    static let window = parameterLimit + Body.limit + 32 * 1024

    /// Judges the first bytes of a connection, at most `window` of them.
    static func scan(_ bytes: ArraySlice<UInt8>) -> Verdict {
        var scan = Scan(bytes)
        do {
            return try scan.verdict(isFull: bytes.count >= window)
        } catch {
            return .rejected(error)
        }
    }
}

extension RecordScanner.Reason: Error {}

/// One pass over the records (FastCGI 1.0, section 3.3).
private struct Scan {
    typealias Reason = RecordScanner.Reason

    private enum Stage {
        case begin, parameters, input
    }

    private let bytes: ArraySlice<UInt8>
    /// Where the next record begins. Every length is below 2^31, so that no sum of an index and lengths overflows.
    private var place: Int
    private var stage = Stage.begin
    private var requestID = 0
    private var parameters: [UInt8] = []
    private var found = KnownParameters()
    private var bodyCount = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    mutating func verdict(isFull: Bool) throws(Reason) -> RecordScanner.Verdict {
        while let header = try RecordHeader(bytes, at: place) {
            try check(header)
            let content = place + RecordHeader.size..<place + RecordHeader.size + header.contentCount
            guard content.upperBound + header.paddingCount <= bytes.endIndex else { break }
            place = content.upperBound + header.paddingCount
            if let verdict = try take(content) { return verdict }
        }
        if isFull { throw .tooManyBytes }
        return .incomplete
    }

    /// What can be said of a record before its content is there.
    private mutating func check(_ header: RecordHeader) throws(Reason) {
        guard header.requestID != 0 else { throw .requestID }
        if header.kind == .abort { throw .aborted }
        switch (stage, header.kind) {
        case (.begin, .begin):
            guard header.contentCount == 8 else { throw .beginLength }
            requestID = header.requestID
        case (.parameters, .parameters):
            guard parameters.count + header.contentCount <= RecordScanner.parameterLimit else { throw .tooManyBytes }
            guard header.contentCount > 0 || header.paddingCount == 0 else { throw .padding }
        case (.input, .input):
            break
        default:
            throw .order
        }
        guard header.requestID == requestID else { throw .requestID }
    }

    /// Takes the content of a record, which lies there.
    private mutating func take(_ content: Range<Int>) throws(Reason) -> RecordScanner.Verdict? {
        switch stage {
        case .begin:
            // Role 1 is the responder; the flag for keeping the connection is not heeded.
            guard bytes[content.lowerBound] == 0, bytes[content.lowerBound + 1] == 1 else { throw .role }
            stage = .parameters
        case .parameters where content.isEmpty:
            found = try KnownParameters(parameters)
            stage = .input
            if let declared = found.contentLength, declared > Body.limit { return ready(.tooLarge) }
        case .parameters:
            parameters += bytes[content]
        case .input where content.isEmpty:
            guard place == bytes.endIndex else { throw .trailingBytes }
            return ready(bodyCount == found.contentLength ? .complete(bodyCount) : .truncated)
        case .input:
            bodyCount += content.count
            if bodyCount > Body.limit { return ready(.tooLarge) }
        }
        return nil
    }

    private func ready(_ body: RecordScanner.BodyState) -> RecordScanner.Verdict {
        .ready(RecordScanner.Preview(body: body, poolSecret: found.poolSecret, cookie: found.cookie))
    }
}
