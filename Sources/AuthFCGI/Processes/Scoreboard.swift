internal import CSystem
internal import Domain
internal import Glibc

/// A page of memory that one worker writes and the supervisor reads: it costs the worker no system call.
final class Scoreboard {
    /// Each is a word of the page.
    private enum Word: Int {
        case served
        case failed
        /// When the request began that is being answered (`Monotonic`); 0 when idle.
        case busySince
    }

    let descriptor: Descriptor
    private let page: UnsafeMutablePointer<UInt64>

    convenience init() throws(Failure) {
        try self.init(Descriptor(system_memory_create(), from: "memfd_create"))
    }

    init(_ descriptor: Descriptor) throws(Failure) {
        guard let page = system_memory_map(descriptor.number) else { throw .system("mmap", code: errno) }
        self.descriptor = descriptor
        self.page = page
    }

    deinit { system_memory_unmap(page) }

    /// Requests answered.
    var served: UInt64 { load(.served) }

    /// Of them, those answered with 500 and above.
    var failed: UInt64 { load(.failed) }

    /// When the request began that is being answered, nil between requests.
    var busySince: Int64? {
        let since = load(.busySince)
        return since == 0 ? nil : Int64(clamping: since)
    }

    func begin(at now: Int64) {
        store(.busySince, UInt64(clamping: max(now, 1)))
    }

    func end(status: Int) {
        store(.served, load(.served) &+ 1)
        if status >= 500 { store(.failed, load(.failed) &+ 1) }
        store(.busySince, 0)
    }

    private func load(_ word: Word) -> UInt64 { system_load(page + word.rawValue) }
    private func store(_ word: Word, _ value: UInt64) { system_store(page + word.rawValue, value) }
}
