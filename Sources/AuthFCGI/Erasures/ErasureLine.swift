internal import Crypto
internal import Domain

/// One line of the ledger: `ID TIME REASON KEY MAC`. The MAC is made under the key of that number, so that nobody who
/// can only write the file has somebody erased.
enum ErasureLine {
    /// Why a line is not followed; never quotes it.
    enum Problem: Error, Equatable {
        case unreadable
        case keyMissing
        case forged

        var text: String {
            switch self {
            case .unreadable: "is not one of ours, or was written in part"
            case .keyMissing: "was written under a key that the keyring no longer has"
            case .forged: "was changed, or written by somebody else"
            }
        }
    }

    /// Without the line break.
    static func text(of erasure: Erasure, with keyring: Keyring) -> String {
        let content = "\(erasure.userID) \(erasure.at.rfc3339) \(erasure.reason.rawValue) \(keyring.activeID)"
        return "\(content) \(mac(of: content, under: keyring.active(.ledger)))"
    }

    static func parse(_ line: String, with keyring: Keyring) throws(Problem) -> Erasure {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 5, let id = UserID(words[0]), let time = Instant(rfc3339: words[1]),
            let reason = ErasureReason(rawValue: words[2]), let keyID = Keyring.KeyID(words[3]),
            let given = Hex.decode(words[4]).flatMap({ Digest($0) }), Hex.encode(given.bytes) == words[4]
        else { throw .unreadable }
        guard let key = keyring.key(.ledger, id: keyID) else { throw .keyMissing }
        let content = words.dropLast().joined(separator: " ")
        guard MAC.hmacSHA256(of: message(content), key: key) == given else { throw .forged }
        return Erasure(of: id, at: time, because: reason)
    }

    private static func mac(of content: String, under key: Secret) -> String {
        Hex.encode(MAC.hmacSHA256(of: message(content), key: key).bytes)
    }

    private static func message(_ content: String) -> [UInt8] { Array("authfcgi/ledger/v1 \(content)".utf8) }
}
