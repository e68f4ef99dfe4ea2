import Domain
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct HashQueueTests {
    private let path = "/tmp/hash-queue-\(UUID().uuidString.prefix(8))"

    private func withQueue(_ body: (inout HashQueue) throws -> Void) throws {
        defer { unlink(path) }
        let slots = try HashSlots(path: path)
        try slots.share(among: 2)
        var queue = HashQueue(slots)
        try body(&queue)
    }

    private static let mallory = DeviceID(trusted: [UInt8](repeating: 1, count: 16))
    private static let owner = DeviceID(trusted: [UInt8](repeating: 2, count: 16))

    private func entry(_ device: DeviceID?, at since: Int64) throws -> HashQueue.Entry {
        let (reading, _) = try Descriptor.pipe()
        return HashQueue.Entry(connection: reading, body: .complete(0), isWatched: false, device: device, since: since)
    }

    /// Who is served one after the other, at these times.
    private func served(_ queue: inout HashQueue, at times: [Int64]) -> [DeviceID?] {
        times.compactMap { now -> DeviceID?? in
            guard let entry = queue.next(now: now) else { return nil }
            queue.giveBack(now: now)
            return .some(entry.device)
        }
    }

    @Test func `devices go first, in the order in which they came`() throws {
        try withQueue { queue throws in
            for device in [nil, Self.mallory, Self.owner] { #expect(queue.enter(try entry(device, at: 1000))) }
            #expect(served(&queue, at: [1000, 1100, 1200]) == [Self.mallory, Self.owner, nil])
        }
    }

    @Test func `one cookie does not take more than one place before strangers`() throws {
        try withQueue { queue throws in
            #expect(queue.enter(try entry(Self.mallory, at: 1000)))
            #expect(queue.enter(try entry(nil, at: 1001)))
            #expect(queue.enter(try entry(Self.mallory, at: 1002)))
            #expect(queue.enter(try entry(Self.owner, at: 1003)))
            #expect(served(&queue, at: [1010, 1110, 1210, 1310]) == [Self.mallory, Self.owner, nil, Self.mallory])
        }
    }

    @Test func `a stranger who has waited for half a second goes before devices, once a second`() throws {
        try withQueue { queue throws in
            #expect(queue.enter(try entry(nil, at: 1000)))
            #expect(queue.enter(try entry(nil, at: 1000)))
            #expect(queue.enter(try entry(Self.mallory, at: 1000)))
            #expect(queue.enter(try entry(Self.owner, at: 1000)))
            #expect(served(&queue, at: [1499, 1500, 1510, 1520]) == [Self.mallory, nil, Self.owner, nil])
        }
    }

    @Test func `who has waited in vain is turned away before his request is worthless`() throws {
        try withQueue { queue throws in
            #expect(queue.enter(try entry(nil, at: 1000)))
            #expect(queue.enter(try entry(Self.owner, at: 1300)))
            #expect(queue.nextLate(now: 1699)?.since == nil)
            #expect(queue.nextLate(now: 1700)?.since == 1000)
            #expect(queue.nextLate(now: 2199)?.since == nil)
            #expect(queue.nextLate(now: 2200)?.device == Self.owner)
            #expect(queue.isEmpty)
        }
    }

    @Test func `in a rush a stranger is served at once or not at all, and a device is let wait`() throws {
        try withQueue { queue throws in
            for _ in 0..<4 { #expect(queue.enter(try entry(nil, at: 1000))) }
            for _ in 0..<5 { #expect(!queue.enter(try entry(nil, at: 1000))) }
            #expect(queue.nextLate(now: 1000)?.since == nil)
            #expect(!queue.enter(try entry(nil, at: 1000)))
            // Those who wait are told so as well.
            for _ in 0..<4 { #expect(queue.nextLate(now: 1001)?.since == 1000) }
            #expect(queue.isEmpty)
            // One slot: the first has it, and nobody waits behind him.
            #expect(queue.enter(try entry(nil, at: 1100)))
            #expect(!queue.enter(try entry(nil, at: 1101)))
            #expect(served(&queue, at: [1102, 1103]) == [nil])
            // Now and then one too many is no rush: five seconds after the last of those all is calm.
            #expect(queue.enter(try entry(nil, at: 5900)))
            #expect(!queue.enter(try entry(nil, at: 5900)))
            #expect(queue.enter(try entry(nil, at: 6101)))
            #expect(queue.enter(try entry(nil, at: 6101)))
        }
    }

    @Test func `in a rush no stranger waits behind a device, nor keeps a slot from it`() throws {
        try withQueue { queue throws in
            for _ in 0..<15 { _ = queue.enter(try entry(nil, at: 1000)) }
            while queue.nextLate(now: 1000) != nil {}
            // The device first: the slot that is free is its own.
            #expect(queue.enter(try entry(Self.owner, at: 1100)))
            #expect(!queue.enter(try entry(nil, at: 1100)))
            #expect(served(&queue, at: [1101, 1102]) == [Self.owner])
            // The stranger first: he has the slot until the device comes.
            #expect(queue.enter(try entry(nil, at: 1200)))
            #expect(queue.enter(try entry(Self.owner, at: 1201)))
            #expect(queue.nextLate(now: 1201)?.since == 1200)
            #expect(queue.nextLate(now: 1201)?.since == nil)
            #expect(served(&queue, at: [1202, 1203]) == [Self.owner])
        }
    }

    @Test func `a rush is looked after until it is over`() throws {
        try withQueue { queue throws in
            for _ in 0..<15 { _ = queue.enter(try entry(nil, at: 1000)) }
            #expect(queue.deadline == 1000)
            while queue.nextLate(now: 1100) != nil {}
            #expect(queue.deadline == 6000)
            #expect(queue.next(now: 6000)?.since == nil)
            #expect(queue.deadline == nil)
        }
    }

    @Test func `there is room for a few only`() throws {
        try withQueue { queue throws in
            let entered = try (0..<12).map { _ in queue.enter(try entry(nil, at: 1000)) }
            #expect(entered == [Bool](repeating: true, count: 4) + [Bool](repeating: false, count: 8))
        }
    }
}
