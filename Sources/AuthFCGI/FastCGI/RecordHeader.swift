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
    init?(_ bytes: ArraySlice<UInt8>, at start: Int) throws(RecordScanner.Reason) {
        let count = bytes.endIndex - start
        guard count > 0 else { return nil }
        guard bytes[start] == 1 else { throw .version }
        guard count > 1 else { return nil }
        guard let kind = Kind(rawValue: bytes[start + 1]) else { throw .type }
        guard count >= Self.size else { return nil }
        self.kind = kind
        requestID = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
        contentCount = Int(bytes[start + 4]) << 8 | Int(bytes[start + 5])
        paddingCount = Int(bytes[start + 6])
    }
}
