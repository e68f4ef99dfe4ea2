import Support
import Testing

@testable import Persistence

/// A statement keeps its memory, and what the library knows of it, from one run to the next.
@Suite struct StatementTests {
    @Test func `each run sends its own values, whatever types and lengths the run before had`() throws {
        try withSchema { schema throws in
            let root = try Connection.open(to: schema.root, limits: .none)
            try root.run("CREATE TEMPORARY TABLE kept (run INT, bytes VARBINARY(4000), other VARBINARY(4000))")
            let statement = try root.statement("INSERT INTO kept VALUES (?, ?, ?)")
            let long = [UInt8](repeating: 0x61, count: 3000)
            let runs: [(Value, Value)] = [
                (.bytes([1, 2, 3]), .bytes([4])), (.bytes([5]), .bytes([6, 7, 8, 9])), (.null, .bytes([10])),
                (.text("é"), .null), (.bytes(long), .text("end")), (.bytes([0, 11]), .integer(12)),
                (.integer(-1), .bytes([])), (.bytes([0, 11]), .integer(13)),
            ]
            for (number, (bytes, other)) in runs.enumerated() {
                _ = try statement.run([.integer(Int64(number)), bytes, other])
            }
            let rows = try root.statement("SELECT bytes, other FROM kept ORDER BY run").run([]).rows.map(\.values)
            let digits = { (text: String) in Value.bytes(Array(text.utf8)) }
            #expect(
                rows == [
                    [.bytes([1, 2, 3]), .bytes([4])], [.bytes([5]), .bytes([6, 7, 8, 9])], [.null, .bytes([10])],
                    [.bytes([0xC3, 0xA9]), .null], [.bytes(long), digits("end")], [.bytes([0, 11]), digits("12")],
                    [digits("-1"), .bytes([])], [.bytes([0, 11]), digits("13")],
                ])
        }
    }

    @Test func `each run reads its own rows, long ones after short ones and none after some`() throws {
        try withSchema { schema throws in
            let root = try Connection.open(to: schema.root, limits: .none)
            try root.run("CREATE TEMPORARY TABLE kept (run INT, bytes VARBINARY(4000), number BIGINT)")
            let long = String(repeating: "61", count: 700)
            try root.run("INSERT INTO kept VALUES (1, X'0102', 7), (2, X'\(long)', NULL), (2, NULL, -8), (4, X'', 0)")
            let statement = try root.statement("SELECT bytes, number FROM kept WHERE run = ? ORDER BY number")
            let rows = try [1, 2, 3, 4, 1].map { run in try statement.run([.integer(run)]).rows.map(\.values) }
            #expect(
                rows == [
                    [[.bytes([1, 2]), .integer(7)]],
                    [[.bytes([UInt8](repeating: 0x61, count: 700)), .null], [.null, .integer(-8)]], [],
                    [[.bytes([]), .integer(0)]], [[.bytes([1, 2]), .integer(7)]],
                ])
        }
    }
}
