internal import Domain

/// The name of an account or a schema that becomes a part of SQL text: letters, digits, `_` and no more than 64.
struct SQLName {
    let text: String

    init(_ text: String) throws(Failure) {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
        }
        guard (1...64).contains(text.utf8.count), isPlain else {
            throw .defect("a database name or account may have letters, digits and _ only, at most 64")
        }
        self.text = text
    }

    var quoted: String { "`\(text)`" }

    /// The account of this name at a host (`localhost`, a name, an address, a pattern with `%`).
    func account(at host: String) throws(Failure) -> String {
        let isPlain = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "._-:%/".utf8.contains(byte)
        }
        guard (1...255).contains(host.utf8.count), isPlain else { throw .defect("a host of a database account") }
        return "\(quoted)@'\(host)'"
    }
}
