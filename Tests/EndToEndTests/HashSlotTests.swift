import Foundation
import Support
import Synchronization
import Testing

/// More sign-ins than there is time to hash (security B2, B9; reliability R9): two workers, so one slot, and a hash that
/// takes a tenth of a second at least.
@Suite(.serialized) struct HashSlotTests {
    private static let shared = Result { () throws -> OwnService in
        let own = try OwnService(
            settings: """
                passwords = { cost = { iterations = 3; memory = 65536; }; };
                limits = {
                    sign_in_address = { burst = 1000; }; sign_in_pair = { burst = 1000; };
                    sign_in_account = { burst = 1000; }; sign_in_device = { burst = 1000; };
                };
                """)
        try own.start()
        return own
    }

    private let own: OwnService
    private let pool: FastCGIPool
    /// The cookie of a browser that has signed in.
    private let device: String
    private let name: String
    private static let password = "correct horse battery"
    private static let number = Atomic<Int>(0)

    init() throws {
        own = try Self.shared.get()
        #expect(try own.service.command("scale", "login", "2").status == 0)
        _ = try own.service.settledStatus()
        pool = try own.service.pool("login")
        name = "owner\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)"
        let made = try pool.post(
            "/auth/register",
            #"{"email":"\#(name)@example.org","username":"\#(name)","password":"\#(Self.password)"}"#)
        device = try #require(made.cookies.first { $0.hasPrefix("__Host-device=") })
    }

    private struct Try {
        let status: Int?
        let time: Duration
    }

    private func signIn(
        _ password: String = password, from address: String = "127.0.0.1", cookie: String? = nil
    ) throws -> Try {
        let begin = ContinuousClock.now
        let answer = try pool.post(
            "/auth/login", #"{"username":"\#(name)","password":"\#(password)"}"#, address: address,
            more: cookie.map { [FastCGIParameter("HTTP_COOKIE", $0)] } ?? [])
        return Try(status: answer.status, time: .now - begin)
    }

    /// Strangers who guess all the time, each from an address of his own, until the body returns.
    private func storm(of count: Int, while body: () throws -> Void) throws -> [Try] {
        let tries = Mutex<[Try]>([])
        let isOver = Atomic<Bool>(false)
        let group = DispatchGroup()
        for number in 1...count {
            group.enter()
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) {
                    if let made = try? signIn("wrong", from: "192.0.2.\(number)") {
                        tries.withLock { $0.append(made) }
                    }
                    usleep(20_000)
                }
                group.leave()
            }
        }
        let result = Result { try body() }
        isOver.store(true, ordering: .relaxed)
        group.wait()
        try result.get()
        return tries.withLock(\.self)
    }

    /// The most workers that had a slot at once, of some looks at what the kernel knows of locks.
    private func mostSlotsTaken(in looks: Int) throws -> Int {
        var status = stat()
        #expect(stat(own.service.sockets + "/hash.slots", &status) == 0)
        return try (0..<looks).map { _ in
            pause(seconds: 0.1)
            return try KernelTable.lines(of: "/proc/locks").count {
                $0.contains(" WRITE ") && $0.contains(":\(status.st_ino) ")
            }
        }.max() ?? 0
    }

    @Test func `one worker is always free, and tells whoever is too many so before the first hash is done`() throws {
        var taken = 0
        let tries = try storm(of: 30) { taken = try mostSlotsTaken(in: 20) }
        #expect(taken == 1)
        let refused = tries.filter { $0.status == 503 }
        let hashed = tries.filter { $0.status == 401 }
        #expect(Set(tries.map(\.status)) == [401, 503])
        #expect(hashed.count > 1 && refused.count > hashed.count)
        let quickest = try #require(hashed.map(\.time).min())
        // Libsodium is not instrumented: beside a sanitizer hashing is quicker than refusing.
        guard patience == 1 else { return }
        // Nearly all: a machine that is busy with other things lets some wait.
        #expect(refused.map(\.time).sorted()[refused.count * 9 / 10] < quickest)
    }

    @Test func `a device that signed in before gets in during a storm, each time`() throws {
        var mine: [Try] = []
        let others = try storm(of: 30) {
            for _ in 0..<3 {
                mine.append(try signIn(cookie: device))
                pause(seconds: 0.2)
            }
        }
        #expect(mine.map(\.status) == [200, 200, 200])
        #expect(others.count { $0.status == 503 } > 10)
    }

    @Test func `a slot whose worker is killed is free again`() throws {
        let before = try own.service.status().processes(of: "login")
        _ = try storm(of: 5) {
            for _ in 0..<2 {
                var hashing: [Int32] = []
                let found = try eventually {
                    hashing = try own.service.status().workers.filter { $0.pool == "login" && $0.busy_ms > 50 }.map(
                        \.pid)
                    return !hashing.isEmpty
                }
                #expect(found)
                for worker in hashing { kill(worker, SIGKILL) }
                _ = try own.service.settledStatus()
            }
        }
        #expect(try own.service.status().processes(of: "login") != before)
        #expect(try signIn().status == 200)
    }

    @Test func `more workers are more slots, at once`() throws {
        #expect(try own.service.command("scale", "login", "4").status == 0)
        _ = try own.service.settledStatus()
        var taken = 0
        _ = try storm(of: 20) { taken = try mostSlotsTaken(in: 15) }
        #expect(taken == 3)
    }
}
