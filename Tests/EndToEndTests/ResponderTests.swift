import Foundation
import Support
import Testing

/// The responder that `script/bench` holds the check against answers as a check does.
@Suite struct ResponderTests {
    /// The program, running in a directory of its own.
    private final class Responder {
        let pool: FastCGIPool
        private let directory = "/tmp/authfcgi-responder-\(UUID().uuidString.prefix(8))"
        private let process = Process()

        init(_ database: String...) throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let sources = ["responder.c", "lookup.c"].map { Stack.repository + "/Benchmarks/" + $0 }
            _ = try Command(
                ["clang", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", directory + "/responder"]
                    + sources + ["-lfcgi", "-lmariadb", "-lsodium"]
            ).output()
            pool = FastCGIPool(path: directory + "/socket", secret: "")
            process.executableURL = URL(fileURLWithPath: directory + "/responder")
            process.arguments = [pool.path, "2"] + database
            try process.start()
            let isListening = eventually { (try? FastCGIPeer(pool.path)) != nil }
            #expect(isListening)
        }

        deinit {
            process.terminate()
            process.waitUntilExit()
            try? FileManager.default.removeItem(atPath: directory)
        }

        func answer(cookie: String? = nil) throws -> FastCGIAnswer {
            try pool.send("GET", "/", more: cookie.map { [FastCGIParameter("HTTP_COOKIE", $0)] } ?? [])
        }
    }

    @Test func `it allows everybody, request after request`() throws {
        let responder = try Responder()
        for _ in 0..<20 {
            let answer = try responder.answer()
            #expect(answer.status == 200)
            #expect(answer["X-Auth-Decision"] == "allow")
            #expect(answer.isFinished)
        }
    }

    /// The test server's root is known by name only to who is root himself.
    @Test(.enabled(if: getuid() == 0)) func `with a statement it allows whom the database knows`() throws {
        let known = "s_" + String(repeating: "k", count: 86)
        let statement = "SELECT 1, 'text' FROM (SELECT SHA2('\(known)', 256) AS sum) AS one WHERE sum = LOWER(HEX(?))"
        let responder = try Responder(TestServer.shared.socket, "mysql", statement)
        for _ in 0..<3 {
            #expect(try responder.answer(cookie: "other=1; __Host-sid=\(known)").status == 200)
            #expect(try responder.answer(cookie: "__Host-sid=s_" + String(repeating: "u", count: 86)).status == 401)
            #expect(try responder.answer(cookie: "__Host-sid=short").status == 401)
            #expect(try responder.answer().status == 401)
        }
    }
}
