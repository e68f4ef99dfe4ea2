import CHugePages
import Crypto
import Foundation
import Synchronization
import Testing

/// The memory of a password hash is asked for in huge pages (docs/adr/0026). Read where the kernel tells it.
@Suite(.enabled(if: huge_pages_are_wanted()), .serialized) struct HugePagesTests {
    private static let wanted = MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_POPULATE)

    @Test func `memory that is mapped as libsodium maps it is wanted in huge pages, and is there at once`() throws {
        let memory = try Mapping(size: 64 << 20, flags: Self.wanted)
        #expect(try memory.flags().contains("hg"))
        // It may have been joined with a neighbour.
        #expect(try (memory.value("Rss") ?? 0) >= 64 << 10)
    }

    @Test(arguments: [(64 << 20, MAP_PRIVATE | MAP_ANONYMOUS), (1 << 20, wanted)])
    func `any other memory stays what it is`(size: Int, flags: Int32) throws {
        let memory = try Mapping(size: size, flags: flags)
        #expect(try !memory.flags().contains("hg"))
    }

    @Test func `memory that cannot be had is refused as the kernel refuses it`() {
        #expect(mmap(nil, 1 << 60, PROT_READ, Self.wanted, -1, 0) == MAP_FAILED)
        #expect(errno == ENOMEM)
        #expect(mmap(nil, 64 << 20, PROT_READ, Int32(MAP_POPULATE), 12345, 0) == MAP_FAILED)
        #expect(errno == EBADF || errno == EINVAL)
    }

    /// Whoever hashes asks by the name that we define: otherwise nothing would be gained, and nobody would notice.
    @Test func `libsodium's memory is wanted in huge pages`() throws {
        // A size that nobody else maps, in KiB.
        let cost = HashingCost(iterations: 4, memory: 47_324)
        let isSeen = Atomic(false)
        let isOver = Atomic(false)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let salt = [UInt8](repeating: 1, count: 16)
            while !isSeen.load(ordering: .relaxed), !isOver.load(ordering: .relaxed) {
                _ = PasswordHashing.argon2id(Secret("password"), salt: salt, cost: cost)
            }
            done.signal()
        }
        let end = ContinuousClock.now + .seconds(30)
        while !isSeen.load(ordering: .relaxed), .now < end {
            isSeen.store(try Mapping.hugeSizes().contains(cost.memory), ordering: .relaxed)
        }
        isOver.store(true, ordering: .relaxed)
        done.wait()
        let wasSeen = isSeen.load(ordering: .relaxed)
        #expect(wasSeen)
    }
}

/// A mapping, and what the kernel tells of it.
private final class Mapping {
    private let memory: UnsafeMutableRawPointer
    private let size: Int

    init(size: Int, flags: Int32) throws {
        self.size = size
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0)
        self.memory = try #require(memory != MAP_FAILED ? memory : nil)
    }

    deinit { munmap(memory, size) }

    static func all() throws -> [Substring] {
        // The kernel gives a page at a time.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
        defer { try? file.close() }
        var data = Data()
        while let part = try file.read(upToCount: 1 << 16), !part.isEmpty { data += part }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }

    /// The sizes in KiB of all that is wanted in huge pages.
    static func hugeSizes() throws -> [Int] {
        var size = 0
        return try all().compactMap { line in
            let words = line.split(separator: " ")
            if words.first == "Size:" { size = Int(words[1]) ?? 0 }
            return words.first == "VmFlags:" && words.contains("hg") ? size : nil
        }
    }

    /// The lines of the map that holds ours.
    private func lines() throws -> ArraySlice<Substring> {
        let all = try Mapping.all()
        let address = UInt(bitPattern: memory)
        let start = try #require(
            all.firstIndex { line in
                let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
                return ends.count == 2 && ends[0] <= address && address < ends[1]
            })
        return all[start...].prefix { !$0.hasPrefix("VmFlags:") } + [
            all[start...].first { $0.hasPrefix("VmFlags:") } ?? ""
        ]
    }

    func flags() throws -> [Substring] { try lines().last?.split(separator: " ") ?? [] }

    /// In KiB.
    func value(_ name: String) throws -> Int? {
        try lines().first { $0.hasPrefix(name + ":") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
}
