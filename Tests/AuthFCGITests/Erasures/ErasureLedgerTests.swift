import Crypto
import Domain
import Foundation
import Support
import Testing

@testable import AuthFCGI

@Suite struct ErasureLedgerTests {
    private let ann = Erasure(
        of: UserID(trusted: [UInt8](repeating: 0xA1, count: 16)), at: Instant(microseconds: 1_770_091_506_000_250),
        because: .gdpr)
    private let bob = Erasure(
        of: UserID(trusted: [UInt8](repeating: 0xB0, count: 16)), at: Instant(seconds: 1_770_091_507), because: .deleted
    )

    private func read(_ ledger: ErasureLedgerFile) throws -> [String] {
        var lines: [String] = []
        try ledger.read { number, line throws(Failure) in
            switch line {
            case .success(let erasure): lines.append("\(number) \(erasure.userID.bytes[0]) \(erasure.reason)")
            case .failure(let problem): lines.append("\(number) \(problem)")
            }
        }
        return lines
    }

    private func problem(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch Failure.fault(let fault) {
            return fault.summary
        } catch {
            return "\(error)"
        }
    }

    @Test func `what is written down is read again, by whoever has the keys`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let ledger = ErasureLedgerFile(path: scratch.path + "/erasures", keyring: .test)
        try ledger.note(ann)
        try ledger.note(bob)
        #expect(try read(ledger) == ["1 161 gdpr", "2 176 deleted"])
        var erasures: [Erasure] = []
        try ledger.read { _, line throws(Failure) in if case .success(let erasure) = line { erasures.append(erasure) } }
        #expect(erasures == [ann, bob])
        let text = try String(contentsOfFile: ledger.path, encoding: .utf8)
        let line = #/a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1 2026-02-03T04:05:06\.000250Z gdpr 2 [0-9a-f]{64}\n/#
        #expect(text.prefixMatch(of: line) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: ledger.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `a line that somebody changed, added or left in part is told by its number, and the others are read`()
        throws
    {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let ledger = ErasureLedgerFile(path: scratch.path + "/erasures", keyring: .test)
        try ledger.note(ann)
        let text = try String(contentsOfFile: ledger.path, encoding: .utf8)
        let forged = [
            text.replacing("gdpr", with: "spam"), text.replacing("a1a1a1a1-", with: "b1a1a1a1-"),
            text.replacing("05:06", with: "05:07"), text.replacing("gdpr 2", with: "gdpr 1"),
            text.replacing("gdpr 2", with: "gdpr 3"), "nonsense\n", "\n", text.replacing("02-03", with: "02-30"),
            // A day that is too far away to be counted in microseconds.
            text.replacing("02-03", with: "02-2147483647"),
            // The same line in another writing.
            text.dropLast(65) + text.suffix(65).uppercased(),
        ].joined()
        try (text + forged + text.prefix(40)).write(toFile: ledger.path, atomically: true, encoding: .utf8)
        try ledger.note(bob)
        #expect(
            try read(ledger) == [
                "1 161 gdpr", "2 forged", "3 forged", "4 forged", "5 forged", "6 keyMissing", "7 unreadable",
                "9 unreadable", "10 unreadable", "11 unreadable", "12 unreadable", "13 176 deleted",
            ])
    }

    @Test func `a line of a retired key is still followed`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let old = """
            1 2026-01-01 active 0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0
            """
        let path = scratch.path + "/erasures"
        try ErasureLedgerFile(path: path, keyring: try Keyring(parsing: old)).note(ann)
        #expect(try read(ErasureLedgerFile(path: path, keyring: .test)) == ["1 161 gdpr"])
    }

    @Test func `a ledger that cannot be written is said to be so, and no link is followed`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let missing = ErasureLedgerFile(path: scratch.path + "/nowhere/erasures", keyring: .test)
        #expect(
            problem { try missing.note(ann) }
                == "accounts.erasure_ledger: \(missing.path) cannot be written, so nobody is erased: "
                + "No such file or directory")
        #expect(problem { _ = try read(missing) }?.contains("cannot be read: No such file") == true)
        #expect(
            ErasureLedgerFile.problem(at: missing.path)?.contains("\(scratch.path)/nowhere cannot be written") == true)
        #expect(ErasureLedgerFile.problem(at: scratch.path + "/erasures") == nil)
        let directory = ErasureLedgerFile(path: scratch.path, keyring: .test)
        #expect(problem { try directory.note(ann) }?.contains("cannot be written") == true)
        let victim = try scratch.write("victim", "")
        let link = scratch.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: victim)
        let linked = ErasureLedgerFile(path: link, keyring: .test)
        #expect(problem { try linked.note(ann) }?.contains("cannot be written") == true)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "")
    }

    @Test func `writers at once do not mix their lines`() throws {
        let scratch = try Scratch()
        defer { withExtendedLifetime(scratch) {} }
        let ledger = ErasureLedgerFile(path: scratch.path + "/erasures", keyring: .test)
        DispatchQueue.concurrentPerform(iterations: 40) { number in
            try? ledger.note(number % 2 == 0 ? ann : bob)
        }
        let lines = try read(ledger)
        #expect(lines.count == 40)
        #expect(lines.count { $0.hasSuffix("161 gdpr") } == 20 && lines.count { $0.hasSuffix("176 deleted") } == 20)
    }
}
