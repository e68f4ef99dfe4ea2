import Foundation
import Testing

@testable import AuthFCGI

/// The supervisor beside a service manager that listens as sd_notify(3) says.
@Suite struct NoticeTests {
    @Test func `a service manager hears of the start, of each reload however it went, and of the end`() throws {
        let manager = try NoticeSocket()
        let service = try RunningService(environment: ["NOTIFY_SOCKET": manager.path])
        #expect(manager.next() == "READY=1\nSTATUS=generation 1 serves")
        service.signal(SIGHUP)
        #expect(manager.next()?.contains(/^RELOADING=1\nMONOTONIC_USEC=[0-9]+\n/) == true)
        // Another program, the same process: it still knows whom to tell.
        #expect(manager.next() == "READY=1\nSTATUS=generation 2 serves")
        #expect(service.report?.generation == 2)
        try service.breakSettings()
        service.signal(SIGHUP)
        #expect(manager.next()?.hasPrefix("RELOADING=1\n") == true)
        #expect(manager.next() == "READY=1\nSTATUS=generation 2 serves")
        service.signal(SIGTERM)
        #expect(manager.next()?.hasPrefix("STOPPING=1\n") == true)
    }

    @Test func `a manager in the abstract namespace is reached, and one that is gone harms nobody`() throws {
        let manager = try NoticeSocket(isAbstract: true)
        let service = try RunningService(environment: ["NOTIFY_SOCKET": manager.path])
        #expect(manager.next() == "READY=1\nSTATUS=generation 1 serves")
        let lonely = try RunningService(environment: ["NOTIFY_SOCKET": "/nonexistent/notify"])
        #expect(lonely.isAnswered() && service.isAnswered())
    }

    @Test func `the lock tells scripts which process to signal`() throws {
        let service = try RunningService()
        let lock = service.runDirectory + "/authfcgi.lock"
        #expect(try String(contentsOfFile: lock, encoding: .utf8) == "\(service.supervisor)\n")
    }
}

/// A socket for datagrams, like the one of systemd.
private final class NoticeSocket {
    let path: String
    private let number: Int32
    private let directory = "/tmp/notice-\(UUID().uuidString.prefix(8))"

    init(isAbstract: Bool = false) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        path = (isAbstract ? "@" : "") + directory + "/notify"
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(2 + bytes.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) }
        }
        try #require(bound == 0)
        var limit = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(number)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The next message; nil when none comes in 15 seconds.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(number, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
