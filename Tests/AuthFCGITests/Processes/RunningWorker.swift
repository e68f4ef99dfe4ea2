import Crypto
import Domain
import Foundation
import Logging
import Support

@testable import AuthFCGI

/// Answers with what it was asked; some paths misbehave.
struct EchoResponder: Responder, ~Copyable {
    var batchLimit = 1

    mutating func respond(to request: Request) -> Response {
        let body =
            switch request.body {
            case .complete(let bytes): "\(bytes.count)"
            case .tooLarge: "too large"
            case .truncated: "truncated"
            }
        switch request[.documentURI] {
        case "/slow": usleep(150_000)
        case "/split": return Response(200, headers: [.init(name: "X", value: "a\r\nSet-Cookie: b=c")])
        case "/nothing": return Response(204, body: Array("no".utf8))
        case "/large": return Response(200, body: [UInt8](repeating: 120, count: 1_000_000))
        default: break
        }
        return Response(200, body: Array("\(request[.documentURI] ?? "-") \(body)".utf8))
    }

    /// Tells how many were answered together, where it is more than one.
    mutating func respond(to requests: [Request], send: (Int, Response) -> Void) {
        for (index, request) in requests.enumerated() {
            var response = respond(to: request)
            if requests.count > 1 { response.add("Together", "\(requests.count)") }
            send(index, response)
        }
    }
}

/// A worker on a thread of the test, with a socket of its own; a pipe tells it to stop.
final class RunningWorker {
    let path: String
    let slotsPath: String
    private let directory: String
    private let scoreboard: Scoreboard
    private let stop: Descriptor
    private let ended = DispatchSemaphore(value: 0)

    /// libfcgi is prepared once; its signal handlers are not for a test.
    private static let prepared: Void = {
        FastCGIExchange.prepare()
        for ours in [SIGPIPE, SIGUSR1] { signal(ours, SIG_IGN) }
        signal(SIGTERM, SIG_DFL)
    }()

    /// - Parameters:
    ///   - hashes: whether its requests need a slot, of which it has one.
    ///   - batchLimit: how many requests it answers together.
    init(users: Set<UInt32> = [getuid()], hashes: Bool = false, batchLimit: Int = 1) throws {
        Self.prepared
        directory = "/tmp/worker-\(UUID().uuidString.prefix(8))"
        var settings = Settings.Processes()
        settings.runDirectory = directory
        settings.socketGroup = ""
        let run = try RunDirectory(settings)
        path = RunDirectory.socketPath(of: .web, in: directory)
        let listening = try run.listen(for: .web, backlog: 1024)
        let (reading, writing) = try Descriptor.pipe()
        stop = writing
        scoreboard = try Scoreboard()
        let board = try Scoreboard(Descriptor(adopting: dup(scoreboard.descriptor.number)))
        let peers = Peers(users: users, secret: Secret("s3cret"))
        slotsPath = directory + "/hash.slots"
        let slots = hashes ? try HashSlots(path: slotsPath) : nil
        try slots?.share(among: 2)
        let ended = ended
        Thread.detachNewThread {
            let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            if var worker = try? Worker(
                listening: listening, stop: reading, slots: slots, peers: peers, scoreboard: board, clock: TestClock(),
                log: log, responder: EchoResponder(batchLimit: batchLimit))
            {
                try? worker.run()
            }
            ended.signal()
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var served: UInt64 { scoreboard.served }
    var failed: UInt64 { scoreboard.failed }

    /// Connections that the worker has not taken yet: sockets in its directory without a file.
    var untaken: Int {
        get throws {
            try KernelTable.lines(of: "/proc/net/unix").count { line in
                let fields: [Substring] = line.split(separator: " ")
                return fields.count == 8 && fields[6] == "0" && fields[7].hasPrefix(directory)
            }
        }
    }

    func tellToStop() {
        var byte: UInt8 = 1
        write(stop.number, &byte, 1)
    }

    /// Whether it has left in so many seconds.
    func hasEnded(within seconds: Double) -> Bool {
        ended.wait(timeout: .now() + seconds) == .success
    }

    func ask(_ bytes: some Sequence<UInt8>) throws -> RawPeer.Answer {
        let peer = try RawPeer(path)
        peer.send(Array(bytes))
        return peer.answer()
    }
}
