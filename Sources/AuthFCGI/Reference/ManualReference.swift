internal import ArgumentParser

/// The manual, made from the commands and from the table of settings.
enum ManualReference {
    /// authfcgi(8)
    static var commands: String {
        let root = RootCommand.configuration
        var page = ManualPage("authfcgi", section: 8, of: "System administration")
        page.chapter("NAME")
        page.paragraph("authfcgi - " + phrase(root.abstract))
        page.chapter("SYNOPSIS")
        page.literal("authfcgi COMMAND [OPTION ...]")
        page.chapter("DESCRIPTION")
        page.paragraph(
            "The service that keeps the accounts of the sites behind one nginx, and the commands that look after it. "
                + "They run as the service's user or as root; settings are explained in authfcgi.conf(5).")
        page.chapter("COMMANDS")
        for command in root.subcommands where command.configuration.shouldDisplay {
            describe(command, below: "authfcgi", in: &page)
        }
        page.chapter("SIGNALS")
        page.item(
            "SIGHUP", "The binary and the settings that stand there now are checked and take over without a pause.")
        page.item("SIGTERM, SIGINT", "Workers finish what they have, for at most 30 seconds; then the service ends.")
        page.chapter("EXIT STATUS")
        page.paragraph(root.discussion)
        page.chapter("FILES")
        page.item("/etc/authfcgi/authfcgi.conf", "Settings.")
        page.item("/etc/authfcgi/keys/keyring", "The master keys. Without them every stored password is useless.")
        page.item("/run/authfcgi/POOL.sock", "Where nginx connects.")
        page.item("/run/authfcgi/authfcgi.lock", "Locked while the service runs, with the process id to signal.")
        page.chapter("SEE ALSO")
        page.paragraph("authfcgi.conf(5), nginx(8), mariadb(1)")
        return page.text
    }

    /// authfcgi.conf(5)
    static var settings: String {
        var page = ManualPage("authfcgi.conf", section: 5, of: "File formats")
        page.chapter("NAME")
        page.paragraph("authfcgi.conf - settings of authfcgi(8)")
        page.chapter("DESCRIPTION")
        page.paragraph("The file has groups of settings, and # begins a comment:")
        page.literal(
            """
            site = { origin = "https://example.org"; };
            database = { password_file = "/etc/authfcgi/secrets/database"; };
            """)
        page.paragraph(
            "Each setting can also come from the variable that is named here, and a secret from a file that a variable "
                + "with _FILE at its end, or a setting with _file at its end, names. "
                + "An unknown setting or a contradiction is an error; \"authfcgi check\" lists all.")
        page.chapter("SETTINGS")
        for row in SettingsTable.rows {
            let value = row.written(Settings())
            let standard = value.isEmpty || value == "\"\"" ? "none" : value
            page.item(
                row.path, "\(row.summary) Value: \(row.kindName). Default: \(standard). Variable: \(row.variable).")
        }
        page.chapter("SEE ALSO")
        page.paragraph("authfcgi(8)")
        return page.text
    }

    private static func describe(
        _ command: any ParsableCommand.Type, below parent: String, in page: inout ManualPage
    ) {
        let configuration = command.configuration
        let name = "\(parent) \(configuration.commandName ?? String(describing: command).lowercased())"
        if configuration.subcommands.isEmpty {
            page.section(name)
            page.paragraph(configuration.abstract)
            if !configuration.discussion.isEmpty { page.paragraph(configuration.discussion) }
            let help = RootCommand.helpMessage(for: command, columns: 72)
            if let usage = help.firstRange(of: "USAGE:") { page.literal(trimmed(String(help[usage.lowerBound...]))) }
        }
        for subcommand in configuration.subcommands { describe(subcommand, below: name, in: &page) }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    /// A sentence as the words behind a name: without capital and point.
    private static func phrase(_ sentence: String) -> String {
        sentence.prefix(1).lowercased() + sentence.dropFirst().prefix { $0 != "." }
    }
}
