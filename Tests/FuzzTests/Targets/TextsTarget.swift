import Crypto
import Domain
import Glibc

@testable import AuthFCGI
@testable import Persistence

/// What our own processes tell each other, and the scripts that are made for the database.
enum TextsTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        let text = rest.text
        switch choice {
        case UInt8(ascii: "h"): try judgeAgain(Handover(text), \.text, Handover.init)
        case UInt8(ascii: "r"): try judgeAgain(StatusReport(text), \.text, StatusReport.init)
        case UInt8(ascii: "c"): try judgeAgain(ControlRequest(text), \.text, ControlRequest.init)
        case UInt8(ascii: "m"): try judgeMetrics(text)
        case UInt8(ascii: "b"): try judgeScoreboard(rest.bytes)
        case UInt8(ascii: "s"): try judgeScript(text)
        case UInt8(ascii: "n"): try judgeName(text)
        case UInt8(ascii: "f"): try judgeTemplate(rest.lines(2))
        case UInt8(ascii: "t"): try judgeTime(text)
        case UInt8(ascii: "e"): try judgeErasure(text)
        default: break
        }
    }

    /// What was read is written as what is read as the same.
    private static func judgeAgain<Value: Equatable>(
        _ value: Value?, _ text: (Value) -> String, _ read: (String) -> Value?
    ) throws(Violation) {
        guard let value else { return }
        let written = text(value)
        try hold(read(written) == value, "\(value) was written as \(written.debugDescription)")
    }

    /// Pools without a count may be left out, so it is the second text that stays.
    private static func judgeMetrics(_ text: String) throws(Violation) {
        guard let written = MetricsReport(text)?.text else { return }
        try hold(MetricsReport(written)?.text == written, "\(written.debugDescription) is read as another report")
    }

    /// Memory in which a worker can have written anything does its reader no harm.
    private static func judgeScoreboard(_ bytes: [UInt8]) throws(Violation) {
        guard let board = try? Scoreboard() else { throw Violation(description: "no shared memory") }
        try hold(pwrite(board.descriptor.number, bytes, bytes.count, 0) == bytes.count, "pwrite: \(errno)")
        try hold(board.counts.count == MetricLayout.own.count, "\(board.counts.count) counts")
        if let since = board.busySince { try hold(since >= 0, "busy since \(since)") }
    }

    private static func judgeScript(_ text: String) throws(Violation) {
        let statements = SQLScript.statements(of: text)
        try hold(statements.reduce(0) { $0 + $1.utf8.count } <= text.utf8.count, "more came out than was in")
        for statement in statements {
            try hold(SQLScript.title(of: statement).count <= 70, "a title that is too long")
        }
    }

    /// A name is quoted in SQL text: nothing can end the quotes.
    private static func judgeName(_ text: String) throws(Violation) {
        guard let name = try? SQLName(text) else { return }
        try hold(text.wholeMatch(of: /[A-Za-z0-9_]{1,64}/) != nil, "\(text) is no plain name")
        guard let account = try? name.account(at: text) else { return }
        try hold(account == "`\(text)`@'\(text)'", "the account is \(account)")
    }

    /// Two lines: a value, and a text with names in braces.
    private static func judgeTemplate(_ lines: [String]) throws(Violation) {
        guard lines.count == 2 else { return }
        let filled = Template.fill(lines[1], with: ["{a}": lines[0]])
        // Values are not looked at for names again.
        try hold(
            filled == lines[1].split(separator: "{a}", omittingEmptySubsequences: false).joined(separator: lines[0]),
            "filled as \(filled)")
    }

    private static func judgeTime(_ text: String) throws(Violation) {
        guard let time = Instant(rfc3339: text) else { return }
        try hold(time.rfc3339 == text, "\(text.debugDescription) was read as \(time.rfc3339)")
    }

    /// Lines of a ledger: only those that somebody with the key wrote are followed.
    private static func judgeErasure(_ text: String) throws(Violation) {
        guard
            let keyring = try? Keyring(
                parsing: "1 2026-01-01 active 8899aabbccddeeff00112233445566770f1e2d3c4b5a69788796a5b4c3d2e1f0")
        else {
            throw Violation(description: "the keyring is refused")
        }
        guard let erasure = try? ErasureLine.parse(text, with: keyring) else { return }
        try hold(ErasureLine.text(of: erasure, with: keyring) == text, "\(text.debugDescription) was not written so")
    }
}
