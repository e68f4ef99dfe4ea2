import Foundation
import Support
import Testing

@testable import AuthFCGI

/// Requests that wait together are answered together (docs/adr/0028).
@Suite struct WorkerBatchTests {
    private static func get(_ path: String) -> [UInt8] { Array(Records.request([("DOCUMENT_URI", path)])) }

    /// Peers whose requests lie there when the worker has time for them again; on a busy machine it may take several tries.
    private func crowd(_ requests: [[UInt8]], batchLimit: Int) throws -> (RunningWorker, [RawPeer]) {
        for _ in 0..<10 {
            let worker = try RunningWorker(batchLimit: batchLimit)
            let slow = try RawPeer(worker.path)
            slow.send(Self.get("/slow"))
            #expect(try eventually { try worker.untaken == 0 })
            // By now it answers that one.
            usleep(10_000)
            let peers = try requests.map { request in
                let peer = try RawPeer(worker.path)
                peer.send(request)
                if request == Self.get("/gone") { peer.leave() }
                return peer
            }
            let isInTime = try worker.untaken == requests.count
            #expect(slow.answer().body == "/slow 0")
            if isInTime { return (worker, peers) }
        }
        throw Command.Failed(description: "the machine is too busy")
    }

    private func together(_ answer: RawPeer.Answer) -> String? {
        answer.text.components(separatedBy: "\r\n").first { $0.hasPrefix("Together: ") }.map {
            String($0.dropFirst(10))
        }
    }

    @Test func `who waits together is answered together, each his own, and no more than the limit`() throws {
        let (worker, peers) = try crowd((0..<7).map { Self.get("/x\($0)") }, batchLimit: 4)
        let answers = peers.map { $0.answer() }
        #expect(answers.map(\.body) == (0..<7).map { "/x\($0) 0" })
        #expect(answers.map(\.isFinished) == Array(repeating: true, count: 7))
        #expect(answers.map(together) == ["4", "4", "4", "4", "3", "3", "3"])
        #expect(worker.served == 8)
        #expect(worker.failed == 0)
    }

    @Test func `one who is alone does not wait for others`() throws {
        let worker = try RunningWorker(batchLimit: 4)
        let answer = try worker.ask(Self.get("/x"))
        #expect(answer == .init(text: "Status: 200 OK\r\nContent-Length: 4\r\n\r\n/x 0", isFinished: true))
    }

    @Test func `whatever one of them does, the others get their answers`() throws {
        let foreign = Records.request([("DOCUMENT_URI", "/x")], secret: "guess")
        let large = Records.request([("DOCUMENT_URI", "/x")], body: [UInt8](repeating: 7, count: 70_000))
        let requests = [
            Self.get("/1"), Array(Self.get("/half").dropLast(9)), Self.get("/2"), Array(foreign),
            [0, 1, 2, 3, 4, 5, 6, 7],
            Array(large), Self.get("/split"), Self.get("/3"), Self.get("/gone"), Self.get("/4"),
        ]
        let (worker, peers) = try crowd(requests, batchLimit: 8)
        let answers = peers.map { $0.answer() }
        #expect([0, 2, 7, 9].map { answers[$0].body } == ["/1 0", "/2 0", "/3 0", "/4 0"])
        #expect([1, 3, 4].map { answers[$0] } == [.nothing, .nothing, .nothing])
        #expect(answers[5].body == "/x too large")
        #expect(answers[6].text.hasPrefix("Status: 500"))
        #expect(try worker.ask(Self.get("/x")).body == "/x 0")
    }

    @Test func `a worker that is told to stop answers all who came together`() throws {
        let worker = try RunningWorker(batchLimit: 8)
        let slow = try RawPeer(worker.path)
        slow.send(Self.get("/slow"))
        usleep(50_000)
        let halves = try (0..<3).map { _ in try RawPeer(worker.path) }
        for half in halves { half.send(Array(Self.get("/x").prefix(20))) }
        _ = slow.answer()
        usleep(50_000)
        worker.tellToStop()
        for half in halves { half.send(Array(Self.get("/x").dropFirst(20))) }
        #expect(halves.map { $0.answer().body } == ["/x 0", "/x 0", "/x 0"])
        #expect(worker.hasEnded(within: 1))
    }
}
