import Foundation
import Support
import Testing

/// Hostile FastCGI on the socket that nginx uses (security F1–F3): nobody but the hostile peer notices.
@Suite struct HostileFastCGITests {
    enum Outcome: Equatable {
        /// Closed without a byte.
        case nothing
        case status(Int)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let outcome: Outcome
        let bytes: @Sendable (_ pool: FastCGIPool) -> [UInt8]

        init(_ name: String, _ outcome: Outcome, _ bytes: @escaping @Sendable (FastCGIPool) -> [UInt8]) {
            testDescription = name
            self.outcome = outcome
            self.bytes = bytes
        }

        /// Parameters that are bytes of their own, in a request that is otherwise right.
        static func parameters(_ name: String, _ outcome: Outcome, _ bytes: [UInt8]) -> Case {
            Case(name, outcome) { pool in
                typealias R = FastCGIRecords
                let good = R.pairs(pool.parameters("GET", "/auth/healthz"))
                return R.begin() + R.stream(R.parametersType, good + bytes) + R.stream(R.inputType, [])
            }
        }

        /// A body that is `count` bytes long and declared as something.
        static func body(_ name: String, _ outcome: Outcome, declared: String?, _ count: Int) -> Case {
            Case(name, outcome) { pool in
                var more = [FastCGIParameter("CONTENT_TYPE", "application/json")]
                if let declared { more.append(FastCGIParameter("CONTENT_LENGTH", declared)) }
                let parameters = pool.parameters("POST", "/auth/logout", more: more)
                return pool.request(parameters, body: [UInt8](repeating: 0x20, count: count))
            }
        }
    }

    typealias R = FastCGIRecords

    /// The three that abort Debian's libfcgi, and their relatives.
    static let lengths: [Case] = [
        .parameters("name 0x7ffffffe, value 1", .nothing, R.longLength(0x7FFF_FFFE) + [1, 0x41, 0x42]),
        .parameters("name 1 GiB, value 1 GiB", .nothing, R.longLength(1 << 30) + R.longLength(1 << 30) + [0x41]),
        .parameters("name and value 2^31 - 1", .nothing, R.longLength(Int(Int32.max)) + R.longLength(Int(Int32.max))),
        .parameters("name 1, value 0x7fffffff", .nothing, [1] + R.longLength(Int(Int32.max)) + [0x41, 0x42]),
        .parameters("name 127 of 1 byte", .nothing, [127, 0, 0x41]),
        .parameters("value one byte too long", .nothing, [1, 2, 0x41, 0x42]),
        .parameters("length cut after its first byte", .nothing, [0x80]),
        .parameters("length cut after three bytes", .nothing, [1, 0x80, 0, 0]),
    ]

    static let names: [Case] = [
        .parameters("empty name", .nothing, R.pair([], [0x41])),
        .parameters("name with =", .nothing, R.pair(Array("X=REMOTE_ADDR".utf8), [0x41])),
        .parameters("name with NUL", .nothing, R.pair(Array("X\0Y".utf8), [0x41])),
        .parameters(
            "value with NUL in a name that is read", .nothing, R.pair(Array("HTTP_COOKIE".utf8), [0x41, 0, 0x42])),
        .parameters("secret twice", .nothing, R.pair(Array("AUTHFCGI_POOL_SECRET".utf8), [0x41])),
        .parameters("method twice", .nothing, R.pair(Array("REQUEST_METHOD".utf8), Array("DELETE".utf8))),
        .parameters("address twice", .nothing, R.pair(Array("REMOTE_ADDR".utf8), Array("10.0.0.1".utf8))),
        .parameters("10000 parameters", .nothing, (0..<10000).flatMap { R.pair(Array("A\($0)".utf8), [0x41, 0x42]) }),
        .parameters("3000 parameters", .status(200), (0..<3000).flatMap { R.pair(Array("A\($0)".utf8), [0x41]) }),
        .parameters("a parameter of 60 KiB", .status(200), R.pair([0x41], [UInt8](repeating: 0x42, count: 60000))),
        .parameters("a name that is no UTF-8", .status(200), R.pair([0xFF, 0xFE], [0xC0, 0x80])),
    ]

    static let records: [Case] = [
        Case("version 0", .nothing) { _ in R.record(R.beginType, [0, 1, 0, 0, 0, 0, 0, 0], version: 0) },
        Case("version 2", .nothing) { _ in R.record(R.beginType, [0, 1, 0, 0, 0, 0, 0, 0], version: 2) },
        Case("type 0", .nothing) { _ in R.record(0) },
        Case("unknown type", .nothing) { _ in R.begin() + R.record(77, [1, 2, 3]) },
        Case("a question about the library", .nothing) { _ in
            R.record(9, R.pair(Array("FCGI_MAX_CONNS".utf8), []), id: 0)
        },
        Case("role authorizer", .nothing) { _ in R.begin(role: 2) },
        Case("role 0", .nothing) { _ in R.begin(role: 0) },
        Case("begin of 0 bytes", .nothing) { _ in R.record(R.beginType) },
        Case("begin of 9 bytes", .nothing) { _ in R.record(R.beginType, [0, 1, 0, 0, 0, 0, 0, 0, 0]) },
        Case("request id 0", .nothing) { _ in R.begin(id: 0) },
        Case("two begins", .nothing) { _ in R.begin() + R.begin() },
        Case("a second request begins", .nothing) { _ in R.begin() + R.begin(id: 2) },
        Case("another request's parameters", .nothing) { _ in
            R.begin() + R.stream(R.parametersType, [1, 1, 65, 66], id: 2)
        },
        Case("parameters first", .nothing) { _ in R.stream(R.parametersType, [1, 1, 65, 66]) },
        Case("a body before the parameters end", .nothing) { _ in
            R.begin() + R.record(R.parametersType, [1, 1, 65, 66]) + R.stream(R.inputType, [1])
        },
        Case("abort", .nothing) { _ in R.begin() + R.record(R.abortType) },
        Case("abort amid the body", .nothing) { pool in
            R.begin() + R.stream(R.parametersType, R.pairs(pool.parameters("POST", "/auth/logout")))
                + R.record(R.inputType, [1, 2, 3]) + R.record(R.abortType)
        },
        Case("two requests at once", .nothing) { pool in
            let request = pool.request(pool.parameters("GET", "/auth/healthz"))
            return request + request
        },
        Case("20000 empty records", .nothing) { _ in
            R.begin() + (0..<20000).flatMap { _ in R.record(R.inputType) }
        },
        Case("padding of 255 everywhere", .status(200)) { pool in
            let good = R.pairs(pool.parameters("GET", "/auth/healthz"))
            return R.begin() + R.stream(R.parametersType, good, size: 1, padding: 255) + R.stream(R.inputType, [])
        },
        Case("one byte a record", .status(200)) { pool in
            let good = R.pairs(pool.parameters("GET", "/auth/healthz"))
            return R.begin() + R.stream(R.parametersType, good, size: 1) + R.stream(R.inputType, [])
        },
        Case("a wish to keep the connection", .status(200)) { pool in
            let good = R.pairs(pool.parameters("GET", "/auth/healthz"))
            return R.begin(flags: 1) + R.stream(R.parametersType, good) + R.stream(R.inputType, [])
        },
        Case("another protocol", .nothing) { _ in Array("GET /auth/healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8) },
        Case("noise", .nothing) { _ in
            var noise = SeededGenerator(seed: 7)
            return [0] + (0..<40000).map { _ in UInt8.random(in: 0...255, using: &noise) }
        },
    ]

    static let bodies: [Case] = [
        .body("length -1", .status(400), declared: "-1", 3),
        .body("length in words", .status(400), declared: "three", 3),
        .body("length hexadecimal", .status(400), declared: "0x3", 3),
        .body("length beyond 64 bits", .status(413), declared: "99999999999999999999999", 3),
        .body("length longer than the body", .status(400), declared: "5", 3),
        .body("length shorter than the body", .status(400), declared: "3", 5),
        .body("a body that nobody declared", .status(400), declared: nil, 3),
        .body("64 KiB and a byte", .status(413), declared: "65537", 65537),
        .body("64 KiB declared as 3 bytes", .status(413), declared: "3", 70000),
        .body("a megabyte", .status(413), declared: "1000000", 1_000_000),
    ]

    @Test(arguments: lengths + names + records + bodies)
    func `a hostile request ends alone`(_ hostile: Case) throws {
        let service = try Hostile.stack.get().service
        let pool = try service.pool("web")
        let before = try service.status().processes()
        let neighbour = pool.request(pool.parameters("GET", "/auth/healthz"))
        // Four, so that both workers get some of each.
        let neighbours = try (0..<4).map { _ in try FastCGIPeer(pool.path) }
        for peer in neighbours { peer.send(Array(neighbour.dropLast(8))) }
        for _ in 0..<4 {
            let peer = try FastCGIPeer(pool.path)
            peer.send(hostile.bytes(pool))
            let answer = peer.answer()
            #expect(answer.status.map(Outcome.status) ?? .nothing == hostile.outcome)
            #expect(try Hostile.timeOfGoodRequest(pool) < .seconds(1))
        }
        for peer in neighbours {
            peer.send(Array(neighbour.suffix(8)))
            #expect(peer.answer().status == 200)
        }
        #expect(try service.status().processes() == before)
    }

    @Test func `a request that ends early ends alone, wherever it ends`() throws {
        let service = try Hostile.stack.get().service
        let pool = try service.pool("web")
        let before = try service.status().processes()
        let more = [FastCGIParameter("CONTENT_TYPE", "application/json"), FastCGIParameter("CONTENT_LENGTH", "2")]
        let request = pool.request(pool.parameters("POST", "/auth/logout", more: more), body: Array("{}".utf8))
        for count in 0..<request.count { try FastCGIPeer(pool.path).send(Array(request.prefix(count))) }
        let waiting = try stride(from: 0, to: request.count, by: 8).map { count in
            let peer = try FastCGIPeer(pool.path)
            peer.send(Array(request.prefix(count)))
            return peer
        }
        #expect(try Hostile.timeOfGoodRequest(pool) < .seconds(1))
        for peer in waiting { #expect(peer.answer().status == nil) }
        #expect(try service.status().processes() == before)
    }

    @Test func `a request in pieces is a request`() throws {
        let pool = try Hostile.stack.get().service.pool("web")
        let request = pool.request(pool.parameters("GET", "/auth/healthz"))
        let peer = try FastCGIPeer(pool.path)
        for byte in request {
            peer.send([byte])
            usleep(500)
        }
        #expect(peer.answer().status == 200)
    }

    @Test func `a client that leaves harms nobody`() throws {
        let service = try Hostile.stack.get().service
        let pool = try service.pool("web")
        let before = try service.status().processes()
        for _ in 0..<50 {
            let peer = try FastCGIPeer(pool.path)
            peer.send(pool.request(pool.parameters("GET", "/auth/errors")))
        }
        #expect(try Hostile.timeOfGoodRequest(pool) < .seconds(1))
        #expect(try service.status().processes() == before)
    }

    enum Half: CaseIterable {
        case silent, fourBytes, withoutBody
    }

    @Test(arguments: Half.allCases) func `a hundred peers that say no more stop nobody, and do not stay`(_ half: Half)
        throws
    {
        let service = try Hostile.stack.get().service
        let pool = try service.pool("web")
        let before = try service.status().processes()
        let request = pool.request(pool.parameters("GET", "/auth/healthz"))
        let bytes =
            switch half {
            case .silent: 0
            case .fourBytes: 4
            case .withoutBody: request.count - 8
            }
        let peers = try (0..<100).map { _ in try FastCGIPeer(pool.path) }
        for peer in peers { peer.send(Array(request.prefix(bytes))) }
        for _ in 0..<20 { #expect(try Hostile.timeOfGoodRequest(pool) < .seconds(1)) }
        #expect(eventually(within: 6) { peers.allSatisfy(\.isClosed) })
        #expect(try service.status().processes() == before)
    }
}
