package import Crypto

/// A 128-bit identifier that sorts by the time of its making (UUIDv7, RFC 9562, section 5.7).
///
/// Each kind of thing has an identifier type of its own, so that they cannot be mixed up.
package protocol Identifier: Sendable, Hashable, CustomStringConvertible {
    /// Always sixteen bytes.
    var bytes: [UInt8] { get }
    init(trusted bytes: [UInt8])
}

extension Identifier {
    /// A new identifier: 48 bits of milliseconds, then random bits.
    package init(at now: Instant) {
        self.init(at: now, random: Random.bytes(16))
    }

    /// The same for one of many.
    package init(at now: Instant, from supply: inout RandomSupply) {
        self.init(at: now, random: supply.next(16))
    }

    private init(at now: Instant, random: [UInt8]) {
        var bytes = random
        let milliseconds = UInt64(clamping: now.milliseconds)
        for index in 0..<6 {
            bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(8 * (5 - index)))
        }
        bytes[6] = 0x70 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        self.init(trusted: bytes)
    }

    /// Nil unless there are sixteen bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(trusted: bytes)
    }

    /// Reads the lower-case text with hyphens; nothing else.
    package init?(_ text: String) {
        guard text.utf8.count == 36, text == text.lowercased() else { return nil }
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hex.decode(groups.joined()) else { return nil }
        self.init(trusted: bytes)
    }

    package var description: String { Hex.encode(identifier: bytes) }
}

package struct UserID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}

/// The public id of a session: shown in lists and headers, never a credential.
package struct SessionID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}

/// A browser that an account knows; it stands in that browser's cookie only, sealed.
package struct DeviceID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}

package struct AuditEventID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}

package struct MessageID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}

/// The id of one request, in every answer and log line about it.
package struct RequestID: Identifier {
    package let bytes: [UInt8]
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }
}
