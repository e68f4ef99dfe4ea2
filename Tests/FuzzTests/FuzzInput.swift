/// The bytes of one run. Targets of several parsers choose one by the first byte, a printable one, so that the files
/// of the corpus can be read.
struct FuzzInput {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The first byte as a character, and the rest.
    var choice: (UInt8, FuzzInput) {
        guard let first = bytes.first else { return (0, self) }
        return (first, FuzzInput(Array(bytes.dropFirst())))
    }

    /// As text; what is not UTF-8 is repaired, as it is wherever text comes from C.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text at most `count` times cut at line feeds.
    func lines(_ count: Int) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), maxSplits: count - 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
