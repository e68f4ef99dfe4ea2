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

    /// Whether the event of this number stands. A transaction that holds the row still is waited for, so that the answer is
    /// the last word.
    mutating func hasRecorded(_ number: Int64) throws(Failure) -> Bool {
        try !read(
            """
            SELECT sequence FROM audit_events WHERE incarnation = \(incarnation) AND sequence = \(number)
            LOCK IN SHARE MODE
            """
        ).isEmpty
    }

    package mutating func recordRefusal(bucket: Digest, _ event: AuditEvent) throws(Failure) {
        let place = RefusalTally.Place(bucket: bucket, at: event.at)
        guard !refusals.counts(place) else { return try settleRefusals(at: event.at) }
        try settleRefusals(at: event.at)
        refusals.begin(place, at: event.at)
        if try countRefusals(1, at: place) { return }
        let row = AuditRow(event, at: .refusal(bucket: bucket, minute: place.minute), keyring: keyring)
        let taken = try conflict(
            inserting: """
                INSERT INTO audit_refusals (bucket, minute, id, recorded_at, event, actor, subject_id, session_id,
                    identifier_mac, request_id, personal, detail, key_id, mac)
                VALUES (\(bucket), \(place.minute), \(fragment: row.values(keyring)))
                """)
        // Another worker was a moment faster.
        if taken != nil { _ = try countRefusals(1, at: place) }
    }

    /// Writes down what was only counted, at most once a second unless everything is wanted.
    package mutating func settleRefusals(at now: Instant, all: Bool = false) throws(Failure) {
        guard let due = refusals.due(at: now, all: all) else { return }
        if !due.isEmpty {
            try atomically { tx throws(Failure) in
                for (place, count) in due { _ = try tx.countRefusals(count, at: place) }
            }
        }
        refusals.settle(at: now)
    }

    /// ON DUPLICATE KEY UPDATE would need the right to change every column; this needs it for `repeats` only.
    private mutating func countRefusals(_ count: Int, at place: RefusalTally.Place) throws(Failure) -> Bool {
        try write(
            """
            UPDATE audit_refusals SET repeats = repeats + \(count)
            WHERE bucket = \(place.bucket) AND minute = \(place.minute)
            """
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
