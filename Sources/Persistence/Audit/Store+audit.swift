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
        let isCounted = refusals.counts(place)
        try settleRefusals(at: event.at)
        guard !isCounted else { return }
        try writeRefusals(1, at: place, event)
        refusals.begin(place, with: event)
    }

    /// Writes down what was only counted, at most once a second unless everything is wanted.
    package mutating func settleRefusals(at now: Instant, all: Bool = false) throws(Failure) {
        guard let due = refusals.due(at: now, all: all) else { return }
        if !due.isEmpty {
            try atomically { tx throws(Failure) in
                for (place, event, count) in due { try tx.writeRefusals(count, at: place, event) }
            }
        }
        refusals.settle(at: now)
    }

    /// Adds to the row of a place; makes it where it is missing, or is no more.
    private mutating func writeRefusals(
        _ count: Int, at place: RefusalTally.Place, _ event: AuditEvent
    ) throws(Failure) {
        if try countRefusals(count, at: place) { return }
        let row = AuditRow(event, at: .refusal(bucket: place.bucket, minute: place.minute), keyring: keyring)
        let taken = try conflict(
            inserting: """
                INSERT INTO audit_refusals (bucket, minute, repeats, id, recorded_at, event, actor, subject_id,
                    session_id, identifier_mac, request_id, personal, detail, key_id, mac)
                VALUES (\(place.bucket), \(place.minute), \(count), \(fragment: row.values(keyring)))
                """)
        // Another worker was a moment faster.
        if taken != nil { _ = try countRefusals(count, at: place) }
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
