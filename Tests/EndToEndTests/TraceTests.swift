import JSON
import Support
import Testing

extension WatchedTests {
    /// A client's trace on its way through nginx into the log.
    @Suite struct TraceTests {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"
        private static let parent = "b7ad6b7169203331"

        private let stack: Stack
        private let curl: Curl

        init() throws {
            stack = try WatchedStack.shared.get()
            curl = Curl(stack.origin)
        }

        private func lines(_ path: String, _ header: String) throws -> [JSONValue] {
            try stack.logged { _ = try curl.send("GET", path, headers: ["traceparent": header]) }
                .filter { $0.contains("\"event\":\"request\"") }
                .map { try JSONValue.parse(Array($0.utf8)) }
        }

        @Test(arguments: ["/auth/session", "/members/"])
        func `lines of a request and of its check carry the client's trace`(path: String) throws {
            let lines = try lines(path, "00-\(Self.trace)-\(Self.parent)-01")
            #expect(lines.count == 1)
            for line in lines {
                #expect(line["trace_id"] == .string(Self.trace))
                #expect(line["parent_id"] == .string(Self.parent))
                #expect(line["request_id"] != nil)
            }
        }

        @Test func `what is malformed leaves no trace`() throws {
            let lines = try lines("/auth/session", "00-\(Self.trace)-\(Self.parent)-01-x\\u0000\"}")
            #expect(lines.count == 1)
            #expect(lines.allSatisfy { $0["trace_id"] == nil && $0["parent_id"] == nil })
        }
    }
}
