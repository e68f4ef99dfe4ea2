import Foundation
import Support
import Testing

@testable import AuthFCGI

@Suite struct WorkerTests {
    private let get = Records.request([("DOCUMENT_URI", "/x")])

    @Test func `a request is answered, and the connection closed`() throws {
        let worker = try RunningWorker()
        let answer = try worker.ask(Records.request([("DOCUMENT_URI", "/x")], body: [1, 2, 3]))
        #expect(answer == .init(text: "Status: 200 OK\r\nContent-Length: 4\r\n\r\n/x 3", isFinished: true))
        #expect(worker.served == 1)
        #expect(worker.failed == 0)
    }

    @Test func `nobody gets anything without the secret`() throws {
        let worker = try RunningWorker()
        for secret in [nil, "", "s3cre", "s3cret ", "S3cret"] as [String?] {
            #expect(try worker.ask(Records.request(secret: secret)) == .nothing)
        }
        #expect(worker.served == 0)
    }

    @Test func `another user gets nothing, whatever he knows`() throws {
        let worker = try RunningWorker(users: [getuid() + 1])
        #expect(try worker.ask(get) == .nothing)
        #expect(worker.served == 0)
    }

    @Test(arguments: RecordScannerTests.hostile)
    func `hostile bytes get nothing, and the next request its answer at once`(_ input: RecordScannerTests.Case) throws {
        let worker = try RunningWorker()
        let hostile = try RawPeer(worker.path)
        hostile.send(input.bytes)
        let start = ContinuousClock.now
        #expect(try worker.ask(get).body == "/x 0")
        #expect(ContinuousClock.now - start < .seconds(1))
        #expect(hostile.answer() == .nothing)
        #expect(worker.served == 1)
    }

    @Test func `a request may come in two parts, cut anywhere`() throws {
        let worker = try RunningWorker()
        let request = Records.request([("DOCUMENT_URI", "/x")], body: [1, 2, 3])
        for cut in 1..<request.count {
            let peer = try RawPeer(worker.path)
            peer.send(Array(request[..<cut]))
            // What is in the middle of a request must not hold up others.
            if cut.isMultiple(of: 10) { #expect(try worker.ask(get).body == "/x 0") }
            peer.send(Array(request[cut...]))
            #expect(peer.answer().body == "/x 3", "cut after \(cut) bytes")
        }
    }

    @Test func `a hundred half-open peers stop nobody, and are dropped`() throws {
        let worker = try RunningWorker()
        let silent = try (0..<50).map { _ in try RawPeer(worker.path) }
        let begun = try (0..<50).map { _ in try RawPeer(worker.path) }
        for peer in begun { peer.send([1, 1, 0, 1]) }
        let start = ContinuousClock.now
        #expect(try worker.ask(get).body == "/x 0")
        #expect(ContinuousClock.now - start < .seconds(1))
        Thread.sleep(forTimeInterval: 2.5)
        let open = (silent + begun).filter { !$0.isClosed }
        #expect(open.isEmpty)
    }

    @Test func `of more silent peers than there is room for the oldest goes`() throws {
        let worker = try RunningWorker()
        let peers = try (0..<257).map { _ in try RawPeer(worker.path) }
        #expect(try worker.ask(get).body == "/x 0")
        #expect(peers[0].isClosed)
        #expect(!peers[2].isClosed && !peers[256].isClosed)
    }

    @Test func `a body over the limit is answered though it is never read`() throws {
        let worker = try RunningWorker()
        for size in [65537, 300_000] {
            let answer = try worker.ask(
                Records.request([("DOCUMENT_URI", "/x")], body: [UInt8](repeating: 7, count: size)))
            #expect(answer.body == "/x too large")
            #expect(answer.isFinished)
        }
        #expect(try worker.ask(get).body == "/x 0")
    }

    @Test func `a body of another length than declared is said to be truncated`() throws {
        let worker = try RunningWorker()
        for declared in ["1", "3", "", "x"] {
            let request = Records.request([("DOCUMENT_URI", "/x")], body: [1, 2], declared: declared)
            #expect(try worker.ask(request).body == "/x truncated")
        }
    }

    @Test(arguments: [("HEAD", "/x", 4), ("GET", "/nothing", nil)] as [(String, String, Int?)])
    func `an answer without a body has none`(_ method: String, _ path: String, _ length: Int?) throws {
        let worker = try RunningWorker()
        let pairs = [("REQUEST_METHOD", method), ("DOCUMENT_URI", path), ("AUTHFCGI_POOL_SECRET", "s3cret")]
        let request =
            Records.begin() + Records.stream(4, pairs.flatMap { Records.pair($0.0, $0.1) }) + Records.record(5)
        let answer = try worker.ask(request)
        #expect(answer.body == "")
        #expect(answer.text.contains("Content-Length") == (length != nil))
        #expect(length == nil || answer.text.contains("Content-Length: \(length ?? 0)\r\n"))
    }

    @Test func `a header with a line break in it is never sent`() throws {
        let worker = try RunningWorker()
        let answer = try worker.ask(Records.request([("DOCUMENT_URI", "/split")]))
        let bare = "Status: 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        #expect(answer == .init(text: bare, isFinished: true))
        #expect(worker.failed == 1)
    }

    @Test func `a client that goes away amid its answer leaves the worker healthy`() throws {
        let worker = try RunningWorker()
        for _ in 0..<20 { try RawPeer(worker.path).send(Records.request([("DOCUMENT_URI", "/large")])) }
        #expect(try worker.ask(Records.request([("DOCUMENT_URI", "/large")])).body.count == 1_000_000)
    }

    @Test func `a client that takes its answer late gets all of it`() throws {
        let worker = try RunningWorker()
        let late = try RawPeer(worker.path)
        late.send(Records.request([("DOCUMENT_URI", "/large")]))
        Thread.sleep(forTimeInterval: 0.5)
        let answer = late.answer()
        #expect(answer.body.count == 1_000_000)
        #expect(answer.isFinished)
    }

    @Test func `a client that never takes its answer holds a worker up for two seconds and no longer`() throws {
        let worker = try RunningWorker()
        let idle = try RawPeer(worker.path)
        idle.send(Records.request([("DOCUMENT_URI", "/large")]))
        let start = ContinuousClock.now
        #expect(try worker.ask(get).body == "/x 0")
        #expect(ContinuousClock.now - start < .milliseconds(3500))
    }

    /// What the web server has begun to send must not wait for a hash that begins meanwhile.
    @Test(.enabled(if: patience == 1, "a sanitizer takes longer for a look than anybody waits for"))
    func `in a rush a request that was on its way is refused before the next hash, not after it`() throws {
        let worker = try RunningWorker(hashes: true)
        let slow = Records.request([("DOCUMENT_URI", "/slow")])
        let firstSlot: Int64 = 0
        try whileAnotherProcess(holds: [firstSlot], of: worker.slotsPath) {
            let crowd = try (0..<40).map { _ in try RawPeer(worker.path) }
            for peer in crowd { peer.send(slow) }
            #expect(crowd.allSatisfy { $0.answer().text.hasPrefix("Status: 503") })
        }
        let outcomes = try (0..<8).map { _ in
            let (late, prompt) = (try RawPeer(worker.path), try RawPeer(worker.path))
            prompt.send(slow)
            usleep(1000)
            late.send(slow)
            let isRefused = late.answer().text.hasPrefix("Status: 503")
            let isFirst = !prompt.hasAnswer
            return isRefused && isFirst && prompt.answer().body == "/slow 0"
        }
        // A busy machine may let more time pass between the two than anybody waits for.
        #expect(outcomes.count { $0 } > 2, "\(outcomes)")
    }

    /// Behind a hash he would wait, though another worker may be idle.
    @Test func `who can be hashed for at once comes alone, and the next ones are left to others`() throws {
        let worker = try RunningWorker(hashes: true)
        let slow = Records.request([("DOCUMENT_URI", "/slow")])
        let peers = try (0..<4).map { _ in
            let peer = try RawPeer(worker.path)
            peer.send(slow)
            // The first one is alone in any case.
            usleep(10_000)
            return peer
        }
        for (peer, left) in zip(peers, [3, 2, 1, 0]) {
            #expect(try eventually(within: 1) { try worker.untaken == left }, "\(left) left")
            #expect(peer.answer().body == "/slow 0")
        }
    }

    @Test func `a worker that is told to stop takes the connection for which it was woken`() throws {
        let worker = try RunningWorker()
        let slow = try RawPeer(worker.path)
        slow.send(Records.request([("DOCUMENT_URI", "/slow")]))
        Thread.sleep(forTimeInterval: 0.05)
        // Both wait for the worker when it looks again.
        let next = try RawPeer(worker.path)
        next.send(Array(get))
        worker.tellToStop()
        #expect(slow.answer().body == "/slow 0")
        #expect(next.answer().body == "/x 0")
        #expect(worker.hasEnded(within: 1))
    }

    @Test func `a worker that is told to stop finishes what it took, and leaves`() throws {
        let worker = try RunningWorker()
        let slow = try RawPeer(worker.path)
        slow.send(Records.request([("DOCUMENT_URI", "/slow")]))
        let half = try RawPeer(worker.path)
        half.send(Array(get.prefix(20)))
        Thread.sleep(forTimeInterval: 0.3)
        worker.tellToStop()
        Thread.sleep(forTimeInterval: 0.1)
        half.send(Array(get.dropFirst(20)))
        #expect(slow.answer().body == "/slow 0")
        #expect(half.answer().body == "/x 0")
        #expect(worker.hasEnded(within: 1))
    }
}
