import Foundation
import Support
import Testing

extension WatchedTests {
    /// Nobody answers: closed, quickly, in words that a program understands.
    @Suite struct OutageTests {
        private let stack: Stack

        init() throws { stack = try WatchedStack.shared.get() }

        private func without(_ pool: String, _ act: () throws -> Void) throws {
            let socket = "\(stack.directory)/run/sockets/\(pool).sock"
            try FileManager.default.moveItem(atPath: socket, toPath: socket + ".away")
            defer { try? FileManager.default.moveItem(atPath: socket + ".away", toPath: socket) }
            try act()
        }

        private func expectBusy(_ answer: Curl.Answer) {
            #expect(answer.status == 503)
            #expect(answer.code == "service_busy")
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(answer["Retry-After"] == "1")
            #expect(answer["Cache-Control"] == "no-store")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["Referrer-Policy"] == "same-origin")
        }

        @Test func `without the check nothing behind it opens, for members neither`() throws {
            let visitor = try Visitor.registered(at: stack)
            try without("check") {
                for path in ["/members/", "/verified/", "/fresh/", "/hello/"] { expectBusy(try visitor.get(path)) }
                #expect(try visitor.sessionStatus() == 200)
            }
            #expect(try visitor.get("/members/").status == 200)
        }

        @Test(arguments: [("web", "/auth/session"), ("login", "/auth/login")])
        func `a pool that is away is a busy service`(pool: String, path: String) throws {
            try without(pool) {
                expectBusy(try Curl(stack.origin).send(pool == "web" ? "GET" : "POST", path))
            }
        }
    }
}
