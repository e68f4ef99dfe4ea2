internal import CSodium

/// Bytes that must not outlive their use: a password, a key, a token.
///
/// The memory is wiped when the last reference goes. A description never shows the content.
package final class Secret: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    private let storage: UnsafeMutableRawBufferPointer

    /// The number of bytes.
    package let count: Int

    /// Takes a copy of the bytes; the caller wipes what it owns.
    package init(_ bytes: some Collection<UInt8>) {
        Sodium.ready
        count = bytes.count
        storage = .allocate(byteCount: max(count, 1), alignment: 16)
        storage.copyBytes(from: bytes)
    }

    package init(_ text: String) {
        Sodium.ready
        var text = text
        count = text.utf8.count
        storage = .allocate(byteCount: max(count, 1), alignment: 16)
        text.withUTF8 { storage.copyMemory(from: UnsafeRawBufferPointer($0)) }
    }

    deinit {
        if let base = storage.baseAddress { sodium_memzero(base, storage.count) }
        storage.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    /// A copy that the caller wipes.
    package func copyBytes() -> [UInt8] { withBytes { Array($0) } }

    /// The text, for the one place that hands it out.
    package func reveal() -> String { withBytes { String(decoding: $0, as: UTF8.self) } }

    /// Lends the bytes for the time of one call.
    package func withBytes<Result, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    /// The same for the C libraries, which want a pointer even to nothing.
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        storage.withMemoryRebound(to: UInt8.self) { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a secret always has memory") }
            return body(base, count)
        }
    }

    /// Compares without telling by its time where the first difference is.
    package func equals(_ other: Secret) -> Bool {
        count == other.count && sodium_memcmp(storage.baseAddress, other.storage.baseAddress, count) == 0
    }

    /// The same for bytes that came from outside.
    package func equals(_ offered: [UInt8]) -> Bool {
        count == offered.count && sodium_memcmp(storage.baseAddress, offered, count) == 0
    }

    package var description: String { "Secret(\(count) bytes)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
