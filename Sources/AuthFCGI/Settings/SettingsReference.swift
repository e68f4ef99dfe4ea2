/// Documentation made from the table of settings.
enum SettingsReference {
    /// `docs/settings.md`
    static var document: String {
        introduction + SettingsTable.rows.map(section).joined()
    }

    private static let introduction = """
        # Settings

        This page is printed by `authfcgi reference settings`.

        Settings come from these places; a later one wins:

        1. the defaults below;
        2. the file `\(SettingsFile.standardPath)`, or the one named by `--config` or `AUTHFCGI_CONFIG`;
        3. environment variables: `AUTHFCGI_` and the name in capitals, with `__` for each dot;
        4. for secrets, a file named by the variable with `_FILE` at the end. Nobody but its owner may be able to read it.
           In the settings file the same is said by the name with `_file` at the end, for example `password_file`.

        The file is written in groups, with `#` for comments; `@include "more.conf"` stands for a file beside it:

        ```
        site = { origin = "https://example.org"; };
        database = {
            socket = "/run/mysqld/mysqld.sock";
        };
        processes = { workers = { login = 4; }; allowed_users = ["www-data"]; };
        ```

        Times are text like `"30s"`, `"15m"`, `"2h"`, `"14d"`, or a number of seconds. In a variable, the values of a list
        stand with commas between. `DATABASE_URL=mariadb://user:password@host:port/name`, or with
        `?socket=/path` in place of host and port, sets the database's settings at once.

        A setting that is not known, a value of the wrong kind and settings that contradict each other are errors: the
        service does not start, and `authfcgi check` lists all of them with file and line.

        """

    private static func section(_ row: SettingRow) -> String {
        let value = row.written(Settings())
        let standard = ["", "\"\""].contains(value) ? "none" : "`\(value)`"
        let variables = [row.variable] + (row.fileVariable.map { [$0] } ?? []) + row.aliases
        return """

            ## `\(row.path)`

            \(row.summary)

            Value: \(row.kindName). Default: \(standard). Environment: \(variables.map { "`\($0)`" }.joined(separator: ", ")).

            """
    }

    /// `packaging/authfcgi.conf`: every default as a comment.
    static var exampleFile: String {
        var text = """
            # Settings of AuthFCGI; docs/settings.md explains each. What is commented out shows the default.
            # `authfcgi check` tells everything that is wrong.

            """
        var open: [Substring] = []
        for row in SettingsTable.rows {
            let names = row.path.split(separator: ".")
            let groups = names.dropLast()
            let shared = zip(open, groups).prefix { $0 == $1 }.count
            while open.count > shared {
                open.removeLast()
                text += indentation(open.count) + "};\n"
            }
            for name in groups.dropFirst(shared) {
                text += (open.isEmpty ? "\n" : "") + indentation(open.count) + "\(name) = {\n"
                open.append(name)
            }
            let value = row.written(Settings())
            if open.isEmpty { text += "\n" }
            text += indentation(open.count) + "# \(row.summary)\n"
            text += indentation(open.count) + "#\(names[names.count - 1]) = \(value.isEmpty ? "…" : value);\n"
        }
        while !open.isEmpty {
            open.removeLast()
            text += indentation(open.count) + "};\n"
        }
        return text
    }

    private static func indentation(_ depth: Int) -> String { String(repeating: "    ", count: depth) }
}
