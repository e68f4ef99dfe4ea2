import Foundation
import Support
import Testing

/// Hashing is behind everybody else on the machine also where niceness counts within a session only (sched(7), autogroup).
@Suite(.waiting) struct NicenessTests {
    private static let groups = (try? String(contentsOfFile: "/proc/self/autogroup", encoding: .utf8))?.isEmpty == false

    /// What the kernel says of the session of a process: its niceness.
    private func groupNiceness(_ process: Int32) throws -> Int? {
        let text = try String(contentsOfFile: "/proc/\(process)/autogroup", encoding: .utf8)
        return text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
    }

    private func priority(_ process: Int32) -> Int32 {
        getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(process))
    }

    @Test(.enabled(if: groups, "this kernel does not group processes by session"))
    func `each worker that hashes has a session for itself, which is nice, and no other worker has`() throws {
        let own = try OwnService()
        // The kernel puts off nobody who may administer the machine, and a service may not.
        try own.start(by: geteuid() == 0 ? ["setpriv", "--bounding-set=-sys_admin"] : [])
        let status = try own.service.status()
        let login = status.processes(of: "login")
        #expect(login.count == 3)
        for process in login {
            #expect(getsid(process) == process)
            #expect(priority(process) == 10)
        }
        let pool = try own.service.pool("login")
        let areNice = eventually {
            DispatchQueue.concurrentPerform(iterations: 6) { number in
                _ = try? pool.post("/auth/login", #"{"username":"nobody\#(number)","password":"wrong"}"#)
            }
            return login.allSatisfy { (try? groupNiceness($0)) == 10 }
        }
        #expect(areNice)
        for process in Set(status.workers.map(\.pid)).subtracting(login).union([status.pid]) {
            #expect(getsid(process) != process || process == status.pid)
            #expect(try groupNiceness(process) == 0)
            #expect(priority(process) == 0)
        }
        // What it told the kernel by is closed again.
        for process in login {
            let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
            let targets = files.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")
            }
            #expect(!targets.isEmpty && !targets.contains { $0.hasSuffix("/autogroup") })
        }
    }
}
