internal import Crypto
internal import Domain

/// One value on its way to or from the database.
enum Value: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case instant(Instant)
}

/// What can be bound to a statement and read from a row; conversion is exact or fails.
protocol ValueConvertible {
    var value: Value { get }
    init?(_ value: Value)
}

extension Int: ValueConvertible {
    var value: Value { .integer(Int64(self)) }

    init?(_ value: Value) {
        guard case .integer(let integer) = value else { return nil }
        self.init(exactly: integer)
    }
}

extension UInt32: ValueConvertible {
    var value: Value { .integer(Int64(self)) }

    init?(_ value: Value) {
        guard case .integer(let integer) = value else { return nil }
        self.init(exactly: integer)
    }
}

extension Int64: ValueConvertible {
    var value: Value { .integer(self) }

    init?(_ value: Value) {
        guard case .integer(let integer) = value else { return nil }
        self = integer
    }
}

extension Bool: ValueConvertible {
    var value: Value { .integer(self ? 1 : 0) }

    init?(_ value: Value) {
        switch value {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

extension String: ValueConvertible {
    var value: Value { .text(self) }

    init?(_ value: Value) {
        switch value {
        case .text(let text): self = text
        case .bytes(let bytes): self.init(validating: bytes, as: UTF8.self)
        default: return nil
        }
    }
}

extension [UInt8]: ValueConvertible {
    var value: Value { .bytes(self) }

    init?(_ value: Value) {
        guard case .bytes(let bytes) = value else { return nil }
        self = bytes
    }
}

extension Instant: ValueConvertible {
    var value: Value { .instant(self) }

    init?(_ value: Value) {
        guard case .instant(let instant) = value else { return nil }
        self = instant
    }
}

extension Digest: ValueConvertible {
    var value: Value { .bytes(bytes) }

    init?(_ value: Value) {
        guard case .bytes(let bytes) = value else { return nil }
        self.init(bytes)
    }
}

extension NetworkAddress: ValueConvertible {
    var value: Value { .bytes(bytes) }

    init?(_ value: Value) {
        guard case .bytes(let bytes) = value, bytes.count == 16 else { return nil }
        self.init(bytes: bytes)
    }
}

extension ValueConvertible where Self: Identifier {
    var value: Value { .bytes(bytes) }

    init?(_ value: Value) {
        guard case .bytes(let bytes) = value else { return nil }
        self.init(bytes: bytes)
    }
}

extension UserID: ValueConvertible {}
extension SessionID: ValueConvertible {}
extension AuditEventID: ValueConvertible {}
extension MessageID: ValueConvertible {}
extension RequestID: ValueConvertible {}

/// Enumerations of text stand under their permanent names.
extension ValueConvertible where Self: RawRepresentable<String> {
    var value: Value { .text(rawValue) }

    init?(_ value: Value) {
        guard let name = String(value) else { return nil }
        self.init(rawValue: name)
    }
}

extension Carrier: ValueConvertible {}
extension AuditEventKind: ValueConvertible {}
extension AuditActor: ValueConvertible {}
