internal import Crypto

/// Reads settings from their sources; a later one wins: defaults, file, environment, files named by `…_FILE`.
enum SettingsFile {
    /// Where settings are looked for when nobody says.
    static let standardPath = "/etc/authfcgi/authfcgi.conf"

    /// - Parameter path: the settings file; nil for none.
    /// - Throws: everything that is wrong, at once.
    static func load(
        path: String?, environment: [String: String]
    ) throws(SettingsProblems) -> Settings {
        try read(path: path, environment: environment).settings
    }

    /// The same, and what was written in all sources, in its order.
    static func read(
        path: String?, environment: [String: String]
    ) throws(SettingsProblems) -> (settings: Settings, written: [WrittenSetting]) {
        var reading = SettingsReading()
        if let path { reading.take(ConfigurationFile(path: path)) }
        reading.take(environment: environment)
        return (try reading.finished(), reading.written)
    }

    /// Settings that were read before.
    static func load(_ written: [WrittenSetting]) throws(SettingsProblems) -> Settings {
        var reading = SettingsReading()
        reading.take(written)
        return try reading.finished()
    }
}

/// Settings while their sources are read one after the other.
struct SettingsReading {
    private var settings = Settings()
    /// Everything that was accepted, in its order.
    private(set) var written: [WrittenSetting] = []
    private var problems: [SettingsProblem] = []
    /// False after a file that could not be understood: what it sets is not known, so nothing can be missed.
    private var isReadable = true
    /// Where each setting that somebody wrote got its value.
    private var places: [String: SettingPlace] = [:]

    mutating func take(_ file: ConfigurationFile) {
        problems += file.problems
        isReadable = file.problems.isEmpty
        take(file.settings)
    }

    mutating func take(_ settings: [WrittenSetting]) {
        let names = Set(settings.map(\.path))
        for written in settings {
            if takeSecretFile(written, besides: names) { continue }
            guard let row = SettingsTable.row(written.path) else {
                complainAboutUnknown(written)
                continue
            }
            store(written.value, in: row, from: written.place)
            if row.isSecret, case .file(let path, _) = written.place, !PrivateFile.isPrivate(path) {
                complain(
                    written.place, row.path,
                    "the file holds a secret and can be read by others; do `chmod 0400 \(path)`")
            }
        }
    }

    /// `KEY_file` in place of a secret `KEY` names the file that holds it; false for every other setting.
    private mutating func takeSecretFile(_ written: WrittenSetting, besides names: Set<String>) -> Bool {
        guard written.path.hasSuffix("_file"), let row = SettingsTable.row(String(written.path.dropLast(5))),
            row.isSecret
        else { return false }
        guard case .text(let path) = written.value else {
            complain(written.place, written.path, "is not the path of a file")
            return true
        }
        if names.contains(row.path) {
            complain(written.place, written.path, "contradicts `\(row.path)`; remove one of them")
        }
        if row.isForCommands, PrivateFile.isForbidden(path) { return true }
        do throws(PrivateFile.Problem) {
            store(.text(try PrivateFile.readLine(path).reveal()), in: row, from: written.place)
        } catch {
            complain(written.place, written.path, error.description)
        }
        return true
    }

    /// Everything else that was wrong, or the settings.
    func finished() throws(SettingsProblems) -> Settings {
        var settings = settings
        // A host that somebody wrote takes the place of the socket that nobody wrote.
        if !settings.database.host.isEmpty, places["database.socket"] == nil { settings.database.socket = "" }
        let contradictions = isReadable ? SettingsRules(settings: settings, places: places).problems : []
        // What was written but could not be read left its default, and rules about that would only confuse.
        let misread = Set(problems.map(\.key))
        let all = problems + contradictions.filter { !misread.contains($0.key) }
        guard all.isEmpty else { throw SettingsProblems(all: all) }
        return settings
    }

    mutating func store(_ value: SettingValue, in row: SettingRow, from place: SettingPlace) {
        if row.store(value, &settings) {
            places[row.path] = place
            written.append(WrittenSetting(path: row.path, value: value, place: place))
        } else {
            complain(place, row.path, "is not \(row.kindName)")
        }
    }

    mutating func complain(_ place: SettingPlace, _ key: String, _ message: String) {
        problems.append(SettingsProblem(place: place, key: key, message: message))
    }

    private mutating func complainAboutUnknown(_ written: WrittenSetting) {
        if SettingsTable.isGroup(written.path) {
            return complain(written.place, written.path, "is a group of settings; write `\(written.path) = { … };`")
        }
        let suggestion = NearestKey.suggestion(for: written.path, among: SettingsTable.names)
        let hint = suggestion.map { "did you mean `\($0)`?" } ?? "docs/settings.md lists all"
        complain(written.place, written.path, "there is no such setting; \(hint)")
    }
}
