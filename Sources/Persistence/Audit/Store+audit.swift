package import Crypto
package import Domain

extension Store: AuditLog {
    package mutating func record(_ event: AuditEvent) throws(Failure) {
        let row = AuditRow(event, at: .event(incarnation: incarnation, sequence: sequence), keyring: keyring)
        _ = try write(
            """
            INSERT INTO audit_events (incarnation, sequence, id, recorded_at, event, actor, subject_id, session_id,
                identifier_mac, request_id, personal, detail, key_id, mac)
            VALUES (\(incarnation), \(sequence), \(fragment: row.values(keyring)))
            """)
        sequence += 1
    }

    package mutating func recordRefusal(bucket: Digest, _ event: AuditEvent) throws(Failure) {
        let seconds = event.at.seconds
        let minute = Instant(seconds: seconds - (seconds % 60 + 60) % 60)
        let row = AuditRow(event, at: .refusal(bucket: bucket, minute: minute), keyring: keyring)
        _ = try write(
            """
            INSERT INTO audit_refusals (bucket, minute, id, recorded_at, event, actor, subject_id, session_id,
                identifier_mac, request_id, personal, detail, key_id, mac)
            VALUES (\(bucket), \(minute), \(fragment: row.values(keyring)))
            ON DUPLICATE KEY UPDATE repeats = repeats + 1
            """)
    }
}

extension AuditRow {
    fileprivate func values(_ keyring: Keyring) -> SQL {
        """
        \(id), \(recordedAt), \(event), \(actor), \(subject), \(session), \(identifier), \(request), \(personal),
        \(detail), \(keyID), \(mac(keyring))
        """
    }
}
