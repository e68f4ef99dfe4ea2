package import Crypto
package import Domain

extension Store: AuditLog {
    package mutating func record(_ event: AuditEvent) throws(Failure) {
        let number = sequence
        let sent = roundTrips
        let row = AuditRow(event, at: .event(incarnation: incarnation, sequence: number), keyring: keyring)
        sequence += 1
        do throws(Failure) {
            _ = try write(
                """
                INSERT INTO audit_events (incarnation, sequence, id, recorded_at, event, actor, subject_id, session_id,
                    identifier_mac, request_id, personal, detail, key_id, mac)
                VALUES (\(incarnation), \(number), \(fragment: row.values(keyring)))
                """)
        } catch {
            // What was sent may stand although no answer came: its number is not given to another row.
            if roundTrips == sent { sequence = number }
            throw error
        }
    }

    package mutating func recordRefusal(bucket: Digest, _ event: AuditEvent) throws(Failure) {
        let seconds = event.at.seconds
        let minute = Instant(seconds: seconds - (seconds % 60 + 60) % 60)
        if try countRefusal(bucket: bucket, minute: minute) { return }
        let row = AuditRow(event, at: .refusal(bucket: bucket, minute: minute), keyring: keyring)
        let taken = try conflict(
            inserting: """
                INSERT INTO audit_refusals (bucket, minute, id, recorded_at, event, actor, subject_id, session_id,
                    identifier_mac, request_id, personal, detail, key_id, mac)
                VALUES (\(bucket), \(minute), \(fragment: row.values(keyring)))
                """)
        // Another worker was a moment faster.
        if taken != nil { _ = try countRefusal(bucket: bucket, minute: minute) }
    }

    /// ON DUPLICATE KEY UPDATE would need the right to change every column; this needs it for `repeats` only.
    private mutating func countRefusal(bucket: Digest, minute: Instant) throws(Failure) -> Bool {
        try write(
            "UPDATE audit_refusals SET repeats = repeats + 1 WHERE bucket = \(bucket) AND minute = \(minute)"
        ).affected > 0
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
