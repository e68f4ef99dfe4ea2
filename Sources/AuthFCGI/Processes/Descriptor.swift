internal import CSystem
internal import Domain
internal import Glibc
internal import Synchronization

/// An open file of this process, closed when the last reference goes.
final class Descriptor: Sendable {
    let number: Int32
    private let isOpen = Atomic(true)

    /// Takes over a descriptor, or the error of the call that should have made it.
    init(_ number: Int32, from call: String) throws(Failure) {
        guard number >= 0 else { throw .system(call, code: errno) }
        self.number = number
    }

    /// Takes over a descriptor that is known to be open.
    init(adopting number: Int32) {
        self.number = number
    }

    deinit {
        if isOpen.load(ordering: .relaxed) { close(number) }
    }

    /// Somebody else has closed it.
    func noteClosed() { isOpen.store(false, ordering: .relaxed) }

    /// Whether a program that is executed next sees it.
    func setInherited(_ inherited: Bool) throws(Failure) {
        try Self.setInherited(inherited, number)
    }

    static func setInherited(_ inherited: Bool, _ number: Int32) throws(Failure) {
        guard system_set_inherited(number, inherited ? 1 : 0) == 0 else { throw .system("fcntl", code: errno) }
    }

    /// Two ends of a pipe: one to read, without blocking, and one to write.
    static func pipe() throws(Failure) -> (reading: Descriptor, writing: Descriptor) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        guard system_pipe(&reading, &writing) == 0 else { throw .system("pipe", code: errno) }
        return (Descriptor(adopting: reading), Descriptor(adopting: writing))
    }

    /// Blocks these signals and reads them from a descriptor instead.
    static func signals(_ signals: [Int32]) throws(Failure) -> Descriptor {
        try Descriptor(system_signal_descriptor(signals, Int32(signals.count)), from: "signalfd")
    }
}

/// Points in time and spans in milliseconds of a clock that never jumps; the same for all processes.
enum Monotonic {
    static var now: Int64 { system_monotonic_milliseconds() }
}
