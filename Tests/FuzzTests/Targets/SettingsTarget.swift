import Crypto
import Domain
import Glibc

@testable import AuthFCGI

/// What operators write: the settings file, the environment, keys, refused passwords, times.
enum SettingsTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        case UInt8(ascii: "f"): try judgeFile(rest)
        case UInt8(ascii: "e"): try judgeEnvironment(rest)
        case UInt8(ascii: "k"): try judgeKeyring(rest.text)
        case UInt8(ascii: "b"): try judgeBlockFile(rest)
        case UInt8(ascii: "d"): try judgeDuration(rest.text)
        case UInt8(ascii: "s"): _ = NearestKey.suggestion(for: rest.text, among: SettingsTable.names)
        default: break
        }
    }

    private static func judgeFile(_ input: FuzzInput) throws(Violation) {
        // It would read whatever files this machine has.
        guard !input.text.contains("@include"), !input.text.contains("_file") else { return }
        try withFile(input.bytes) { path throws(Violation) in
            try judge { () throws(SettingsProblems) in try SettingsFile.load(path: path, environment: [:]) }
        }
    }

    /// Lines `NAME=value`.
    private static func judgeEnvironment(_ input: FuzzInput) throws(Violation) {
        var environment: [String: String] = [:]
        for line in input.lines(40) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].hasSuffix("_FILE") { environment[String(parts[0])] = String(parts[1]) }
        }
        try judge { () throws(SettingsProblems) in try SettingsFile.load(path: nil, environment: environment) }
    }

    /// What was accepted can be written down and read again.
    private static func judge(_ load: () throws(SettingsProblems) -> Settings) throws(Violation) {
        let settings: Settings
        do throws(SettingsProblems) {
            settings = try load()
        } catch {
            return try hold(!error.all.isEmpty, "refused without a reason")
        }
        let rows = SettingsTable.rows.filter { !$0.isSecret && !$0.written(settings).isEmpty }
        let text = group(rows.map { (path: $0.path.split(separator: ".")[...], value: $0.written(settings)) })
        var expected = settings
        expected.database.password = SecretText()
        expected.database.migratorPassword = SecretText()
        try withFile(Array(text.utf8)) { path throws(Violation) in
            let again: Settings
            do throws(SettingsProblems) {
                again = try SettingsFile.load(path: path, environment: [:])
            } catch {
                throw Violation(description: "what was accepted is refused when it is written down: \(error)")
            }
            try hold(again == expected, "settings are read again as others")
        }
    }

    /// Settings in groups in one another, as the file wants them.
    private static func group(_ rows: [(path: ArraySlice<Substring>, value: String)]) -> String {
        var names: [Substring] = []
        for row in rows { if let name = row.path.first, !names.contains(name) { names.append(name) } }
        return names.map { name in
            let members = rows.filter { $0.path.first == name }.map { ($0.path.dropFirst(), $0.value) }
            if let (rest, value) = members.first, rest.isEmpty { return "\(name) = \(value);\n" }
            return "\(name) = {\n\(group(members))};\n"
        }.joined()
    }

    private static func judgeKeyring(_ text: String) throws(Violation) {
        guard let keyring = try? Keyring(parsing: text) else { return }
        try hold(keyring.key(.flash, id: keyring.activeID) != nil, "the active key is not there")
    }

    private static func judgeBlockFile(_ input: FuzzInput) throws(Violation) {
        try withFile(input.bytes) { path throws(Violation) in
            guard let file = try? PasswordBlockFile(path: path) else { return }
            let lines = input.bytes.split(separator: 0x0A)
            for hash in [[UInt8](repeating: 0, count: 20), [UInt8](repeating: 0xFF, count: 20)] {
                let text = Array(Hex.encode(hash).utf8.prefix(lines.first?.count ?? 0))
                let stands = lines.contains { $0.map { $0 | 0x20 } == text }
                guard let found = try? file.contains(sha1: hash), found else { continue }
                try hold(stands, "a hash was found that does not stand in the file")
            }
        }
    }

    private static func judgeDuration(_ text: String) throws(Violation) {
        guard let duration = SettingText.duration(text) else { return }
        let written = SettingText.duration(duration)
        try hold(SettingText.duration(written) == duration, "\(text) was written as \(written)")
    }

    private static func withFile(
        _ bytes: [UInt8], _ body: (String) throws(Violation) -> Void
    ) throws(Violation) {
        var template = Array("/tmp/authfcgi-fuzz-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try hold(file >= 0, "mkstemp: \(errno)")
        defer { close(file) }
        unlink(template)
        try hold(write(file, bytes, bytes.count) == bytes.count, "write: \(errno)")
        try body("/proc/self/fd/\(file)")
    }
}
