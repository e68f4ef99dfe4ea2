internal import Crypto
internal import Domain
internal import JSON

/// One row of the audit log, as it is stored.
struct AuditRow: Equatable {
    var id: AuditEventID
    var recordedAt: Instant
    /// For events: the run of the worker and the number in it. For counted refusals: the bucket and the minute.
    var place: Place
    var event: String
    var actor: String
    var subject: UserID?
    var session: SessionID?
    var identifier: Digest?
    var request: RequestID
    /// Sealed: sixteen bytes of address, then the user agent.
    var personal: [UInt8]
    /// A JSON object of strings.
    var detail: String
    var keyID: Keyring.KeyID

    enum Place: Equatable {
        case event(incarnation: [UInt8], sequence: Int64)
        case refusal(bucket: Digest, minute: Instant)
    }

    /// The MAC that belongs to this row under the key of its id; nil when that key is gone.
    ///
    /// It covers a canonical form: every column in the order above as one byte (0 for NULL, else 1), the length in four
    /// bytes, and the bytes; whole numbers in eight bytes, the first the highest.
    func mac(_ keyring: Keyring) -> Digest? {
        guard let key = keyring.key(.auditMAC, id: keyID) else { return nil }
        var message = Array("authfcgi/audit/v1".utf8)
        func append(_ column: [UInt8]?) {
            message.append(column == nil ? 0 : 1)
            let column = column ?? []
            message += UInt32(truncatingIfNeeded: column.count).bigEndianBytes + column
        }
        append(id.bytes)
        append(recordedAt.microseconds.bigEndianBytes)
        switch place {
        case .event(let incarnation, let sequence):
            append(Array("event".utf8))
            append(incarnation)
            append(sequence.bigEndianBytes)
        case .refusal(let bucket, let minute):
            append(Array("refusal".utf8))
            append(bucket.bytes)
            append(minute.microseconds.bigEndianBytes)
        }
        append(Array(event.utf8))
        append(Array(actor.utf8))
        append(subject?.bytes)
        append(session?.bytes)
        append(identifier?.bytes)
        append(request.bytes)
        append(personal)
        append(Array(detail.utf8))
        append(keyID.bigEndianBytes)
        return MAC.hmacSHA256(of: message, key: key)
    }
}

extension AuditRow {
    /// What an event becomes when it is recorded here and now.
    init(_ recorded: AuditEvent, at place: Place, keyring: Keyring) {
        let id = AuditEventID(at: recorded.at)
        let key =
            recorded.erasureSalt.map { keyring.personal(.auditPersonal, salt: $0) } ?? keyring.active(.auditPersonal)
        let agent = Array((recorded.origin.userAgent ?? "").utf8.prefix(400))
        self.init(
            id: id, recordedAt: recorded.at, place: place, event: recorded.kind.rawValue,
            actor: recorded.actor.rawValue, subject: recorded.subject, session: recorded.session,
            identifier: recorded.identifier, request: recorded.origin.requestID,
            personal: SealedBox.seal(
                recorded.origin.address.bytes + agent, context: "audit/\(id)", key: key),
            detail: AuditRow.json(recorded.detail), keyID: keyring.activeID)
    }

    /// Where an act came from, of the row with this id; nil when another key sealed it.
    static func open(
        _ personal: [UInt8], of id: AuditEventID, key: Secret
    ) -> (address: NetworkAddress, agent: String?)? {
        guard let opened = SealedBox.open(personal, context: "audit/\(id)", key: key),
            let address = NetworkAddress(bytes: Array(opened.prefix(16)))
        else { return nil }
        let agent = opened.dropFirst(16)
        return (address, agent.isEmpty ? nil : String(decoding: agent, as: UTF8.self))
    }

    /// A JSON object with its names in order: the MAC covers its text.
    private static func json(_ detail: [String: String]) -> String {
        let members = detail.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return String(decoding: JSONValue.object(JSONObject(members)).encoded(), as: UTF8.self)
    }
}
