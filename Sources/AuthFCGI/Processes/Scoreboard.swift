internal import CSystem
internal import Domain
internal import Glibc

/// Shared memory that one worker writes and the supervisor reads: it costs the worker no system call.
///
/// A few words say what the worker does. Behind them are its counts (`MetricLayout`), and behind these, as text, what
/// the counts mean: a worker and a supervisor may be of different versions, and then counts are matched by their names.
/// Whatever stands in the memory, its reader comes to no harm: no size, position or time is taken as it is.
///
/// Sendable without proof: words are read and written atomically. The text is not; it is written once, before `mark` is
/// published, and whoever reads it takes a copy and trusts nothing in it.
final class Scoreboard: @unchecked Sendable {
    /// Each is a word. The first three stand where they stood in every version.
    private enum Word: Int {
        case served
        case failed
        /// When the request began that is being answered (`Monotonic`); 0 when idle.
        case busySince
        /// Of which layout the counts are; 0 when there are none.
        case mark
        /// The bytes of the layout's text, and how many.
        case textStart, textCount
        /// Requests that the worker took and that wait for a slot to hash in.
        case waiting
    }

    /// In bytes. It leaves room for layouts of later versions.
    private static let size = 128 * 1024
    /// The words before the counts.
    private static let head = 8

    let descriptor: Descriptor
    private let memory: UnsafeMutablePointer<UInt64>
    /// In bytes.
    private let size: Int
    /// How many counts may be written: none before `describe`.
    private var writable = 0

    convenience init() throws(Failure) {
        try self.init(Descriptor(system_memory_create(Self.size), from: "memfd_create"))
    }

    init(_ descriptor: Descriptor) throws(Failure) {
        var size = 0
        guard let memory = system_memory_map(descriptor.number, &size) else { throw .system("mmap", code: errno) }
        self.descriptor = descriptor
        self.memory = memory
        self.size = size
    }

    deinit { system_memory_unmap(memory, size) }

    /// Requests answered.
    var served: UInt64 { load(.served) }

    /// Of them, those answered with 500 and above.
    var failed: UInt64 { load(.failed) }

    /// When the request began that is being answered, nil between requests.
    var busySince: Int64? {
        let since = load(.busySince)
        // A time that nobody reaches: what is calculated with it must not overflow.
        return since == 0 ? nil : Int64(min(since, 1 << 62))
    }

    /// Requests that wait in the worker for a slot to hash in.
    var waiting: Int {
        get { Int(min(load(.waiting), 1 << 20)) }
        set { store(.waiting, UInt64(clamping: newValue)) }
    }

    func begin(at now: Int64) {
        store(.busySince, UInt64(clamping: max(now, 1)))
    }

    func end(status: Int) {
        system_add(memory + Word.served.rawValue, 1)
        if status >= 500 { system_add(memory + Word.failed.rawValue, 1) }
        store(.busySince, 0)
    }

    private func load(_ word: Word) -> UInt64 { system_load(memory + word.rawValue) }
    private func store(_ word: Word, _ value: UInt64) { system_store(memory + word.rawValue, value) }
}

extension Scoreboard {
    /// Says what the counts will mean. Memory that another version made too small keeps none.
    func describe(as layout: MetricLayout = .own) {
        let text = layout.text
        let start = (Self.head + layout.count) * 8
        guard start + text.utf8.count <= size else { return }
        var target = UnsafeMutableRawPointer(memory) + start
        for byte in text.utf8 {
            target.storeBytes(of: byte, as: UInt8.self)
            target += 1
        }
        store(.textStart, UInt64(start))
        store(.textCount, UInt64(text.utf8.count))
        store(.mark, MetricLayout.mark(of: text))
        writable = layout.count
    }

    /// Adds to a count, in the layout that was described.
    func add(_ amount: UInt64 = 1, at position: Int) {
        guard position < writable else { return }
        system_add(memory + Self.head + position, amount)
    }

    /// Adds everything that another one counted.
    func take(_ other: Scoreboard) {
        system_add(memory + Word.served.rawValue, other.served)
        system_add(memory + Word.failed.rawValue, other.failed)
        for (position, amount) in other.counts.enumerated() where amount > 0 { add(amount, at: position) }
    }

    /// All counts in the layout of this program; what it does not know is left out.
    var counts: [UInt64] {
        let own = MetricLayout.own
        var counts = [UInt64](repeating: 0, count: own.count)
        switch load(.mark) {
        case 0: break
        case MetricLayout.ownMark where (Self.head + own.count) * 8 <= size:
            for position in counts.indices { counts[position] = count(at: position) }
        default:
            guard let theirs = foreignLayout else { break }
            for (position, place) in theirs.places(in: own) { counts[place] &+= count(at: position) }
        }
        return counts
    }

    private func count(at position: Int) -> UInt64 { system_load(memory + Self.head + position) }

    private var foreignLayout: MetricLayout? {
        guard let start = Int(exactly: load(.textStart)), let count = Int(exactly: load(.textCount)), start <= size,
            count <= size - start
        else { return nil }
        // A copy, because its writer may still be writing.
        let bytes = [UInt8](UnsafeRawBufferPointer(start: UnsafeRawPointer(memory) + start, count: count))
        guard let layout = MetricLayout(String(decoding: bytes, as: UTF8.self)),
            layout.count <= size / 8 - Self.head
        else { return nil }
        return layout
    }
}
