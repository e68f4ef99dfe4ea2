internal import Crypto
internal import Domain

/// What one row cannot know: rules between settings. A contradiction names both keys.
struct SettingsRules {
    let settings: Settings
    let places: [String: SettingPlace]

    var problems: [SettingsProblem] {
        site + compat + browser + accounts + sessions + passwords + mail + database + processes
    }

    private var site: [SettingsProblem] {
        let basePath = settings.site.basePath
        let own = settings.pages
        // What mails lead to: the token is added as the query.
        let links = [
            ("pages.verify", own.verify), ("pages.reset", own.reset), ("pages.confirm_email", own.confirmEmail),
            ("pages.undo_email", own.undoEmail), ("pages.not_me", own.notMe),
        ]
        let others = [("pages.sign_in", own.signIn), ("pages.stylesheet", own.stylesheet)]
        let pages = [("pages.home", own.home)] + (links + others).filter { !$0.1.isEmpty }
        return origin
            + when(
                !basePath.isEmpty
                    && (basePath.hasSuffix("/")
                        || RequestPath.canonical(documentURI: basePath, requestURI: nil) == nil),
                "site.base_path",
                "is not a path like `/auth`: a slash at the start, none at the end, "
                    + "letters, digits and `-._~` between")
            + pages.flatMap { key, path in
                when(!Self.isPath(path), key, "is not a path on this site, like `/signin.html`")
            }
            + links.flatMap { key, path in
                when(
                    path.contains("#") || path.contains("?"), key,
                    "has a query or a fragment, but the link in the mail adds `?token=`; leave it out")
            }
            + when(
                settings.pages.signIn.contains("#"), "pages.sign_in",
                "has a fragment, behind which `return_to` would be lost; leave the `#` out")
    }

    private var origin: [SettingsProblem] {
        let origin = settings.site.origin
        if origin.isEmpty {
            return when(
                true, "site.origin", "is not set; write for example `site = { origin = \"https://example.org\"; };`")
        }
        guard let host = SettingText.host(ofOrigin: origin) else {
            return when(true, "site.origin", Self.noOrigin)
        }
        let isLocal = ["localhost", "127.0.0.1", "[::1]"].contains(host) || host.hasSuffix(".localhost")
        let isEncrypted = origin.hasPrefix("https:")
        return when(
            isEncrypted && !settings.cookies.secure, "cookies.secure",
            "is false, but \(named("site.origin")) has TLS; leave it true")
            + when(
                !isEncrypted && !isLocal && settings.cookies.secure, "cookies.secure",
                "is true, but \(named("site.origin")) has no TLS, so browsers would drop the cookie; "
                    + "use https, or set `cookies.secure` to false")
    }

    private static let noOrigin =
        "is not an origin: scheme and host in lower case, the port only when it is not the scheme's own, "
        + "no path; for example `https://example.org`"

    private var browser: [SettingsProblem] {
        let lists = [
            ("forms.form_origins", settings.forms.formOrigins),
            ("forms.settings_origins", settings.forms.settingsOrigins),
            ("forms.return_origins", settings.forms.returnOrigins),
        ]
        return lists.flatMap { key, origins in
            origins.filter { SettingText.host(ofOrigin: $0) == nil }.flatMap { origin in
                when(true, key, "`\(Output.printable(origin))` " + Self.noOrigin)
            }
        }
    }

    private var accounts: [SettingsProblem] {
        when(
            !settings.accounts.erasureLedger.hasPrefix("/"), "accounts.erasure_ledger", Self.noAbsolutePath)
    }

    private var sessions: [SettingsProblem] {
        let sessions = settings.sessions
        return longer(sessions.idle, "sessions.idle", sessions.lifetime, "sessions.lifetime")
            + longer(
                sessions.rememberedIdle, "sessions.remembered_idle",
                sessions.rememberedLifetime, "sessions.remembered_lifetime")
            + longer(
                sessions.lifetime, "sessions.lifetime", sessions.rememberedLifetime, "sessions.remembered_lifetime")
    }

    private var passwords: [SettingsProblem] {
        let passwords = settings.passwords
        let range = passwords.preset.minimum...(passwords.preset.maximum ?? 128)
        let file = passwords.blockListFile
        return when(
            passwords.minimum.map { !range.contains($0) } ?? false, "passwords.minimum",
            "contradicts \(named("passwords.preset")) `\(passwords.preset.rawValue)`, which allows "
                + "\(range.lowerBound) to \(range.upperBound); change one of them")
            + when(!file.isEmpty && !file.hasPrefix("/"), "passwords.block_list_file", Self.noAbsolutePath)
            + when(
                settings.environment == .production && passwords.cost.memory < 19 * 1024, "passwords.cost.memory",
                "is below 19456 KiB, which \(named("environment")) `production` does not allow; raise it")
    }

    static let noAbsolutePath = "is not an absolute path; it starts with a slash"

    private var database: [SettingsProblem] {
        let database = settings.database
        return when(
            !database.socket.isEmpty && !database.host.isEmpty, "database.host",
            "contradicts \(named("database.socket")); set one of them and leave the other empty")
            + when(
                database.socket.isEmpty && database.host.isEmpty, "database.socket",
                "is empty, and so is `database.host`; set one of them")
            + when(!database.socket.isEmpty && !database.socket.hasPrefix("/"), "database.socket", Self.noAbsolutePath)
            + when(!database.tlsCA.isEmpty && !database.tlsCA.hasPrefix("/"), "database.tls_ca", Self.noAbsolutePath)
            + when(database.name.isEmpty, "database.name", "is empty; name the database")
            + when(database.user.isEmpty, "database.user", "is empty; name the account")
            + when(
                database.user == database.migratorUser, "database.migrator_user",
                "is the same account as \(named("database.user")), which may not change the schema; use two accounts")
    }

    private var processes: [SettingsProblem] {
        let processes = settings.processes
        let longestSocket = processes.runDirectory + "/outbound.sock"
        return when(!processes.runDirectory.hasPrefix("/"), "processes.run_directory", Self.noAbsolutePath)
            + when(
                longestSocket.utf8.count > 107, "processes.run_directory",
                "is so long that `\(longestSocket)` has more than 107 bytes; use a shorter directory")
            + when(!processes.keyDirectory.hasPrefix("/"), "processes.key_directory", Self.noAbsolutePath)
            + when(
                processes.allowedUsers.isEmpty, "processes.allowed_users",
                "is empty, so nobody could connect; name the web server's user")
    }

    func when(_ isWrong: Bool, _ key: String, _ message: String) -> [SettingsProblem] {
        isWrong ? [SettingsProblem(place: places[key] ?? .preset, key: key, message: message)] : []
    }

    private func longer(_ short: Duration, _ shortKey: String, _ long: Duration, _ longKey: String) -> [SettingsProblem]
    {
        when(short > long, shortKey, "is longer than \(named(longKey)); shorten it or lengthen the other")
    }

    /// The other key of a contradiction, with its place when somebody wrote it.
    func named(_ key: String) -> String {
        places[key].map { "`\(key)` (\($0))" } ?? "`\(key)`"
    }

    /// A path on the same site: no second slash that would make it a host, nothing a header could not carry.
    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && !text.hasPrefix("//")
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
    }
}
