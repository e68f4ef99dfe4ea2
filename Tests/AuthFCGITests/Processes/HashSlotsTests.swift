import Domain
import Foundation
import Support
import Testing

@testable import AuthFCGI

@Suite struct HashSlotsTests {
    private let path = "/tmp/hash-slots-\(UUID().uuidString.prefix(8))"
    private let slots: HashSlots

    init() throws {
        slots = try HashSlots(path: path)
        try slots.share(among: 3)
    }

    private func whileOther(holds bytes: [Int64], _ body: () throws -> Void) throws {
        try whileAnotherProcess(holds: bytes, of: path, body)
    }

    @Test(arguments: [(1, 1), (2, 1), (3, 2), (9, 8)])
    func `there is one slot fewer than workers, and one in any case`(workers: Int, count: Int64) throws {
        defer { unlink(path) }
        try slots.share(among: workers)
        #expect(slots.count == count)
    }

    @Test func `a slot is taken by one process, and is free when that one is gone`() throws {
        defer { unlink(path) }
        try whileOther(holds: [0]) {
            #expect(slots.take(for: .stranger))
            slots.giveBack()
        }
        try whileOther(holds: [0, 1]) { #expect(!slots.take(for: .device)) }
        #expect(slots.take(for: .stranger))
    }

    @Test func `a rush at one worker is one for all`() throws {
        defer { unlink(path) }
        try slots.share(among: 2)
        var queue = HashQueue(slots)
        func enter(_ device: DeviceID?) throws -> Bool {
            let (reading, _) = try Descriptor.pipe()
            return queue.enter(
                HashQueue.Entry(connection: reading, body: .complete(0), isWatched: false, device: device, since: 1000))
        }
        try whileOther(holds: [1 << 21]) { () throws in
            // The one slot is free: the first has it, the second would have to wait.
            #expect(try enter(nil))
            #expect(try !enter(nil))
            #expect(try enter(DeviceID(trusted: [UInt8](repeating: 1, count: 16))))
        }
        #expect(try enter(nil))
    }

    @Test func `a stranger stands back for a device that waits elsewhere, and a device for nobody`() throws {
        defer { unlink(path) }
        let device: Int64 = 1 << 20
        try whileOther(holds: [device]) {
            #expect(slots.isWaitedFor(by: .device) && !slots.isWaitedFor(by: .stranger))
            #expect(!slots.take(for: .stranger))
            #expect(slots.take(for: .device))
        }
        slots.giveBack()
        #expect(slots.take(for: .stranger))
    }

    @Test func `a process does not stand back for its own guests`() throws {
        defer { unlink(path) }
        slots.ring(for: .device)
        #expect(!slots.isWaitedFor(by: .device))
        #expect(slots.take(for: .stranger))
    }

    @Test func `a hash that is computed frees its slot, but in a rush only the answer does`() throws {
        defer { unlink(path) }
        #expect(slots.take(for: .stranger))
        #expect(slots.hashing { 7 } == 7)
        #expect(!slots.isTaken)
        let rush: Int64 = 1 << 21
        try whileOther(holds: [rush]) {
            #expect(slots.take(for: .stranger))
            #expect(slots.hashing { 7 } == 7)
            #expect(slots.isTaken)
            slots.giveBack()
            #expect(!slots.isTaken)
        }
        slots.alarm(true)
        _ = slots.hashing { 7 }
        #expect(slots.isTaken)
    }
}
