/// The eight bytes before the content of a record (FastCGI 1.0, section 3.3).
struct RecordHeader {
    /// The records of one request to a responder; the others end the connection.
    enum Kind: UInt8 {
        case begin = 1
        case abort = 2
        case parameters = 4
        case input = 5
    }

    static let size = 8

    let kind: Kind
    let requestID: Int
    let contentCount: Int
    let paddingCount: Int

    /// Nil when fewer than eight bytes are there; what is there is judged all the same.
    init?(_ bytes: ArraySlice<UInt8>) throws(RecordScanner.Reason) {
        let header = Array(bytes.prefix(Self.size))
        if let version = header.first, version != 1 { throw .version }
        guard header.count > 1 else { return nil }
        guard let kind = Kind(rawValue: header[1]) else { throw .type }
        guard header.count == Self.size else { return nil }
        self.kind = kind
        requestID = Int(header[2]) << 8 | Int(header[3])
        contentCount = Int(header[4]) << 8 | Int(header[5])
        paddingCount = Int(header[6])
    }
}
