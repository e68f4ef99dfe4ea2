/// Where an act comes from: what the audit log keeps of it.
package struct Origin: Sendable {
    package let address: NetworkAddress
    /// At most 400 bytes, control characters removed.
    package let userAgent: String?
    package let requestID: RequestID
    /// The browser, where it brings proof that it has signed in to some account.
    package let device: Device?

    package init(address: NetworkAddress, userAgent: String?, requestID: RequestID, device: Device? = nil) {
        self.address = address
        self.userAgent = userAgent
        self.requestID = requestID
        self.device = device
    }
}

/// An IPv6 address, or an IPv4 address in its mapped form: one spelling for each.
package struct NetworkAddress: Sendable, Hashable {
    /// Sixteen bytes in network order.
    package let bytes: [UInt8]

    /// Sixteen bytes, or four that are then mapped.
    package init?(bytes: [UInt8]) {
        switch bytes.count {
        case 16: self.bytes = bytes
        case 4: self.bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes
        default: return nil
        }
    }

    /// The loopback address of IPv4: what local commands act from.
    package static let local = NetworkAddress(mapped: [127, 0, 0, 1])

    private init(mapped bytes: [UInt8]) {
        self.bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes
    }

    package var isIPv4: Bool {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    }

    /// What limits count by: a whole IPv4 address, the /64 of an IPv6 address, because that is what one customer has.
    package var budgetKey: [UInt8] {
        isIPv4 ? bytes : Array(bytes.prefix(8))
    }

    /// What an account remembers: the /24 of an IPv4 address, because providers change the last number, or the /64.
    package var network: [UInt8] {
        Array(bytes.prefix(isIPv4 ? 15 : 8))
    }
}
