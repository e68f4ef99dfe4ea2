internal import Crypto

extension SettingsReading {
    /// Names of other programs first, then our own, then the files that hold secrets.
    mutating func take(environment: [String: String]) {
        if let url = environment["DATABASE_URL"], !url.isEmpty { take(databaseURL: url) }
        for row in SettingsTable.rows {
            takeAliases(of: row, from: environment)
            if let text = environment[row.variable] {
                store(.variable(text), in: row, from: .variable(row.variable))
            }
            takeFile(of: row, from: environment)
        }
        complainAboutUnknown(in: environment)
    }

    private mutating func takeAliases(of row: SettingRow, from environment: [String: String]) {
        let written = row.aliases.compactMap { name in
            environment[name].flatMap { $0.isEmpty ? nil : (name: name, text: $0) }
        }
        guard let last = written.last else { return }
        if environment[row.variable] == nil, let other = written.first(where: { $0.text != last.text }) {
            complain(.variable(other.name), row.path, "contradicts \(last.name); unset one of them")
        }
        store(.variable(last.text), in: row, from: .variable(last.name))
    }

    private mutating func takeFile(of row: SettingRow, from environment: [String: String]) {
        guard let name = row.fileVariable, let path = environment[name] else { return }
        if environment[row.variable] != nil {
            complain(.variable(name), row.path, "contradicts \(row.variable); unset one of them")
        }
        do throws(PrivateFile.Problem) {
            let secret = try PrivateFile.readLine(path)
            store(.variable(secret.reveal()), in: row, from: .variable(name))
        } catch {
            complain(.variable(name), row.path, error.description)
        }
    }

    private mutating func complainAboutUnknown(in environment: [String: String]) {
        let known = Set(SettingsTable.rows.flatMap { $0.variables + [$0.fileVariable].compactMap(\.self) })
            .union(SettingsTable.otherVariables)
        for name in environment.keys.sorted() where name.hasPrefix("AUTHFCGI_") && !known.contains(name) {
            let suggestion = NearestKey.suggestion(for: name, among: known.sorted())
            let hint = suggestion.map { "did you mean \($0)?" } ?? "docs/settings.md lists all"
            complain(.variable(name), "", "there is no such setting; \(hint)")
        }
    }

    private mutating func take(databaseURL text: String) {
        guard let url = DatabaseURL(text) else {
            return complain(
                .variable("DATABASE_URL"), "database",
                "is not `mariadb://USER:PASSWORD@HOST:PORT/NAME` or `mariadb://USER@localhost/NAME?socket=PATH`")
        }
        for (path, value) in url.settings {
            guard let row = SettingsTable.row(path) else { preconditionFailure("DatabaseURL names a setting: \(path)") }
            store(.variable(value), in: row, from: .variable("DATABASE_URL"))
        }
    }
}
