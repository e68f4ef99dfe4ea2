internal import Crypto
internal import Domain

/// Every setting, one row each, in the order of the documentation.
enum SettingsTable {
    static let rows: [SettingRow] = site + browser + accounts + mail + compat + limits + machine

    /// Variables with our prefix that are not settings: where the file is, and what a supervisor leaves its successor.
    static let otherVariables: Set<String> = ["AUTHFCGI_CONFIG", "AUTHFCGI_HANDOVER"]

    static func row(_ path: String) -> SettingRow? { byPath[path] }

    /// Whether settings stand below the path.
    static func isGroup(_ path: String) -> Bool { groups.contains(path) }

    /// Every path that can be written, those of groups too.
    static var names: [String] { rows.map(\.path) + groups.sorted() }

    private static let byPath = Dictionary(uniqueKeysWithValues: rows.map { ($0.path, $0) })

    private static let groups: Set<String> = Set(
        rows.flatMap { row in
            let names = row.path.split(separator: ".")
            return (1..<max(names.count, 1)).map { names.prefix($0).joined(separator: ".") }
        })

    private static let site: [SettingRow] = [
        SettingRow(
            "environment", \.environment, .choice,
            "`development` allows cheap password hashing; nothing else differs.",
            aliases: ["ENVIRONMENT", "API_ENV", "AUTHFCGI_ENV"]),
        SettingRow(
            "site.origin", \.site.origin, .text,
            "Scheme, host and port under which browsers see the site, for example `https://example.org`. Required."),
        SettingRow(
            "site.name", \.site.name, .text,
            "What people call the site; a password may not consist of it."),
        SettingRow(
            "site.base_path", \.site.basePath, .text,
            "Where the endpoints stand, without a slash at the end."),
        SettingRow(
            "pages.home", \.pages.home, .text,
            "Where a form leads when it names no `return_to`."),
        SettingRow(
            "pages.sign_in", \.pages.signIn, .text,
            "Your own page with the sign-in form: where whoever is not signed in is led (`X-Auth-Redirect`). Empty for the service's."
        ),
        page("verify", \.pages.verify, "proves the address of a registration"),
        page("reset", \.pages.reset, "sets a new password"),
        page("confirm_email", \.pages.confirmEmail, "confirms a new address"),
        page("undo_email", \.pages.undoEmail, "takes a change of the address back"),
        page("not_me", \.pages.notMe, "says \"this was not me\""),
        SettingRow(
            "pages.stylesheet", \.pages.stylesheet, .text,
            "Your own style sheet for the service's pages, a path on this site. Empty for the service's."),
    ]

    private static func page(
        _ name: String, _ path: any WritableKeyPath<Settings, String> & Sendable, _ what: String
    ) -> SettingRow {
        SettingRow(
            "pages.\(name)", path, .text,
            "Your own page behind the link in a mail that \(what); it gets the query `token`. Empty for the service's.")
    }

    private static let browser: [SettingRow] = [
        SettingRow(
            "forms.form_origins", \.forms.formOrigins, .list(of: .text, named: "a list of origins"),
            "Other origins whose forms for sign-in, registration and recovery are accepted."),
        SettingRow(
            "forms.settings_origins", \.forms.settingsOrigins, .list(of: .text, named: "a list of origins"),
            "Other origins whose forms for an account's settings are accepted."),
        SettingRow(
            "forms.return_origins", \.forms.returnOrigins, .list(of: .text, named: "a list of origins"),
            "Other origins that `return_to` and `error_to` may name.", aliases: ["FRONTEND_URL"]),
        SettingRow(
            "cookies.secure", \.cookies.secure, .flag,
            "False only for a site without TLS whose name is not `localhost`: the cookie is then `sid`, not `__Host-sid`.",
            aliases: ["COOKIE_SECURE"]),
        SettingRow(
            "check.user", \.check.user, .choice,
            "What stands in `X-Auth-Request-User` and `Remote-User`. Only `id` never changes its owner."),
        SettingRow(
            "check.headers", \.check.headers, .list(of: .choice),
            "The families of headers with which the check tells who is signed in."),
    ]

    private static let accounts: [SettingRow] = [
        SettingRow(
            "registration", \.registration, .choice,
            "`verified`: everybody can register, and the account begins when its address is proved; needs `mail.transport`. "
                + "`open`: everybody can register and is signed in at once. `closed`: operators create users."),
        SettingRow(
            "accounts.verification", \.accounts.verification, .duration(.minutes(10)...Duration.hours(24)),
            "How long the link works that proves the address of a registration."),
        SettingRow(
            "accounts.recovery", \.accounts.recovery, .duration(.minutes(5)...Duration.hours(1)),
            "How long the link works that sets a new password."),
        SettingRow(
            "accounts.require_verified", \.accounts.requireVerified, .flag,
            "Whether nobody can sign in before his address is proved."),
        SettingRow(
            "accounts.grace", \.accounts.grace, .duration(Duration.days(3)...Duration.days(400)),
            "How long a deleted account can be restored; then it is erased."),
        SettingRow(
            "accounts.audit_retention", \.accounts.auditRetention, .duration(Duration.days(31)...Duration.days(4000)),
            "How long acts stay in the audit log."),
        SettingRow(
            "accounts.erasure_ledger", \.accounts.erasureLedger, .text,
            "The file in which erasures are written down, for `authfcgi user replay-erasures` after a backup was restored."
        ),
        SettingRow(
            "sessions.idle", \.sessions.idle, .duration(lifetimes),
            "A session ends when it has not been used for this long."),
        SettingRow(
            "sessions.lifetime", \.sessions.lifetime, .duration(lifetimes),
            "A session ends after this time however much it is used."),
        SettingRow(
            "sessions.remembered_idle", \.sessions.rememberedIdle, .duration(lifetimes),
            "The same as `sessions.idle` for who asked to be remembered."),
        SettingRow(
            "sessions.remembered_lifetime", \.sessions.rememberedLifetime, .duration(lifetimes),
            "The same as `sessions.lifetime` for who asked to be remembered."),
        SettingRow(
            "sessions.limit", \.sessions.limit, .integer(1...10000),
            "Live sessions of one user; a further sign-in ends the oldest."),
        SettingRow(
            "passwords.preset", \.passwords.preset, .choice,
            "The rules for new passwords. `standard`: length and guessability only."),
        SettingRow(
            "passwords.minimum", \.passwords.minimum, .optionalInteger(8...128),
            "Characters at least, when more than the preset asks for."),
        SettingRow(
            "passwords.block_list_file", \.passwords.blockListFile, .text,
            "A file of SHA-1 hash prefixes of refused passwords, by its absolute path; empty for none."),
        SettingRow(
            "passwords.cost.iterations", \.passwords.cost.iterations, .integer(1...16),
            "Passes of Argon2id over its memory."),
        SettingRow(
            "passwords.cost.memory", \.passwords.cost.memory, .integer(8...1_048_576),
            "Memory of one Argon2id computation in KiB; at most one computation fewer than there are login workers run at once."
        ),
    ]

    private static let compat: [SettingRow] = [
        SettingRow(
            "compat.boilerplate", \.compat.boilerplate, .text,
            "Where clients of the FastAPI boilerplate find its paths, for example `/compat/boilerplate/api/v1`; "
                + "empty for nowhere. See compat.md."),
        SettingRow(
            "compat.skill", \.compat.skill, .text,
            "The same for clients that carry the id of their session, for example `/compat/skill/auth`."),
        SettingRow(
            "compat.usrak", \.compat.usrak, .text, "The same for clients of UsrAK, for example `/compat/usrak/auth`."),
    ]

    private static let limits: [SettingRow] =
        budget(
            "sign_in_address", \.limits.signInAddress.burst, \.limits.signInAddress.interval,
            "sign-ins from one address")
        + budget(
            "sign_in_pair", \.limits.signInPair.burst, \.limits.signInPair.interval,
            "sign-ins to one account from one address")
        + budget(
            "sign_in_account", \.limits.signInAccount.burst, \.limits.signInAccount.interval,
            "sign-ins to one account from where nobody has signed in to it")
        + budget(
            "sign_in_device", \.limits.signInDevice.burst, \.limits.signInDevice.interval,
            "sign-ins from a browser that has signed in to the account (in the place of the other limits)")
        + budget(
            "sign_in_network", \.limits.signInNetwork.burst, \.limits.signInNetwork.interval,
            "sign-ins to one account from a network that has signed in to it (in the place of the account's)")
        + budget(
            "register_address", \.limits.registerAddress.burst, \.limits.registerAddress.interval,
            "registrations from one address")
        + budget(
            "register_pair", \.limits.registerPair.burst, \.limits.registerPair.interval,
            "registrations of one account name from one address")
        + budget(
            "register_account", \.limits.registerAccount.burst, \.limits.registerAccount.interval,
            "registrations of one account name")
        + budget("rename", \.limits.rename.burst, \.limits.rename.interval, "changes of one's username")
        + budget(
            "mail_address", \.limits.mailAddress.burst, \.limits.mailAddress.interval,
            "mails to one address, asked for by somebody who is not signed in, for each of registration and recovery,")
        + budget(
            "mail_client", \.limits.mailClient.burst, \.limits.mailClient.interval,
            "mails asked for from one address of the network")
        + [
            SettingRow(
                "limits.password_change", \.limits.passwordChange, .duration(.zero...Duration.days(30)),
                "How long a password that its owner has changed cannot be changed again by him; `0s` for no time.")
        ]

    private static let machine: [SettingRow] =
        [
            SettingRow(
                "database.socket", \.database.socket, .text,
                "The unix socket of MariaDB. Empty when the server is reached by `database.host`."),
            SettingRow(
                "database.host", \.database.host, .text,
                "The host of MariaDB, reached with TLS; takes the place of `database.socket`."),
            SettingRow("database.port", \.database.port, .integer(1...65535), "The port at `database.host`."),
            SettingRow("database.name", \.database.name, .text, "The database."),
            SettingRow("database.user", \.database.user, .text, "The account the service works with."),
            SettingRow(
                "database.password", \.database.password, .secret,
                "Its password; none where the server trusts the socket's user."),
            SettingRow(
                "database.tls_ca", \.database.tlsCA, .text,
                "A file of certificates that vouch for the server; empty for the system's."),
            SettingRow(
                "database.migrator_user", \.database.migratorUser, .text,
                "The account that may change the schema; used by commands only."),
            SettingRow(
                "database.migrator_password", \.database.migratorPassword, .secret,
                "Its password. When it is in a file that only root can read, root runs the commands that need it.",
                isForCommands: true),
            SettingRow(
                "processes.run_directory", \.processes.runDirectory, .text,
                "Where the sockets stand: `POOL.sock` and `control.sock`."),
            SettingRow(
                "processes.key_directory", \.processes.keyDirectory, .text,
                "Where `keyring` and `POOL.secret` stand; `authfcgi key create` makes them."),
            SettingRow(
                "processes.socket_group", \.processes.socketGroup, .text,
                "The group that may connect: the web server's. Empty keeps the service's own."),
            SettingRow(
                "processes.allowed_users", \.processes.allowedUsers,
                .list(of: .text, named: "a list of user names or numbers"),
                "The users that may connect."),
        ]
        + Pool.allCases.map { pool in
            SettingRow(
                "processes.workers.\(pool.rawValue)", \.processes[workersIn: pool], .integer(pool.numbers),
                pool.meaning)
        } + [
            SettingRow("log.level", \.log.level, .choice, "The least level that is written.")
        ]

    private static let lifetimes = Duration.minutes(1)...Duration.days(400)

    private static func budget(
        _ name: String, _ burst: any WritableKeyPath<Settings, Int> & Sendable,
        _ interval: any WritableKeyPath<Settings, Duration> & Sendable, _ what: String
    ) -> [SettingRow] {
        [
            SettingRow("limits.\(name).burst", burst, .integer(1...10000), "How many \(what) may happen at once."),
            SettingRow(
                "limits.\(name).every", interval, .duration(.seconds(1)...Duration.days(30)),
                "After this time one more may happen."),
        ]
    }
}

extension Pool {
    /// How many workers may be written down.
    fileprivate var numbers: ClosedRange<Int> { isServing ? 1...64 : 0...1 }

    fileprivate var meaning: String {
        switch self {
        case .courier: "Whether this machine delivers mail; of several machines, one does it at a time."
        case .janitor: "Whether this machine removes what has expired; of several machines, one does it at a time."
        case .check, .web, .login, .outbound: "Workers of the pool `\(rawValue)`."
        }
    }
}
