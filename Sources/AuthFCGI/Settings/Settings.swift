import Crypto
import Domain

/// Everything that can be set, with its default. `SettingsTable` says how each is called, read and documented.
struct Settings: Sendable, Equatable {
    var environment = Environment.production
    var site = Site()
    var pages = Pages()
    var forms = Forms()
    var cookies = Cookies()
    var sessions = Sessions()
    var passwords = Passwords()
    var registration = RegistrationMode.verified
    var accounts = Accounts()
    var check = Check()
    var compat = Compat()
    var limits = Limits()
    var mail = Mail()
    var database = Database()
    var processes = Processes()
    var log = Log()

    enum Environment: String, Sendable, CaseIterable {
        case production
        case development
    }

    struct Accounts: Sendable, Equatable {
        /// How long a link proves the address of a registration.
        var verification = Duration.hours(24)
        /// How long a link sets a new password.
        var recovery = Duration.minutes(30)
        /// Whether nobody signs in before his address is proved.
        var requireVerified = false
        /// How long a deleted account can be restored.
        var grace = Duration.days(30)
        /// How long acts stay in the audit log.
        var auditRetention = Duration.days(400)
        /// Where erasures are written down, so that a restored backup does not bring anybody back.
        var erasureLedger = "/var/lib/authfcgi/erasures"
    }

    struct Site: Sendable, Equatable {
        /// Scheme, host and port under which browsers see the site, as in the header `Origin`.
        var origin = ""
        /// What people call it; also a word that no password may consist of.
        var name = "AuthFCGI"
        /// Where the endpoints stand, without a slash at the end.
        var basePath = "/auth"
    }

    struct Pages: Sendable, Equatable {
        /// Where a form leads when it names no `return_to`.
        var home = "/"
        /// The page with the sign-in form; empty for the service's own.
        var signIn = ""
        /// The pages that links in mails lead to; empty for the service's own.
        var verify = ""
        var reset = ""
        var confirmEmail = ""
        var undoEmail = ""
        var notMe = ""
        /// What the service's own pages look like; empty for its own style sheet.
        var stylesheet = ""
    }

    struct Forms: Sendable, Equatable {
        /// Other origins whose sign-in, registration and recovery forms are accepted.
        var formOrigins: [String] = []
        /// Other origins whose account forms are accepted.
        var settingsOrigins: [String] = []
        /// Other origins that `return_to` and `error_to` may name.
        var returnOrigins: [String] = []
    }

    struct Cookies: Sendable, Equatable {
        /// False only for a site without TLS whose name is not `localhost`: the cookie is then `sid`, not `__Host-sid`.
        var secure = true
    }

    struct Sessions: Sendable, Equatable {
        var idle = Duration.hours(2)
        var lifetime = Duration.hours(24)
        var rememberedIdle = Duration.days(14)
        var rememberedLifetime = Duration.days(30)
        /// Live sessions of one user; a further one ends the oldest.
        var limit = 100
    }

    struct Passwords: Sendable, Equatable {
        var preset = PasswordPreset.standard
        /// Characters at least; nil means the preset's.
        var minimum: Int?
        var cost = HashingCost.standard
        /// A file of SHA-1 hash prefixes of refused passwords; empty for none.
        var blockListFile = ""
    }

    struct Check: Sendable, Equatable {
        enum UserHeader: String, Sendable, CaseIterable {
            case id
            case username
            case email
        }

        enum HeaderProfile: String, Sendable, CaseIterable {
            case xAuthRequest = "x-auth-request"
            case remote
        }

        /// What stands in `X-Auth-Request-User` and `Remote-User`.
        var user = UserHeader.id
        var headers: [HeaderProfile] = [.xAuthRequest]
    }

    /// Where the profiles for clients of other systems stand; empty for nowhere.
    struct Compat: Sendable, Equatable {
        var boilerplate = ""
        var skill = ""
        var usrak = ""
    }

    struct Limits: Sendable, Equatable {
        var signInAddress = Budget(burst: 30, every: .seconds(10))
        var signInPair = Budget(burst: 5, every: .seconds(60))
        var signInAccount = Budget(burst: 10, every: .minutes(15))
        var signInDevice = Budget(burst: 10, every: .minutes(5))
        var signInNetwork = Budget(burst: 10, every: .minutes(15))
        var registerAddress = Budget(burst: 10, every: .minutes(6))
        var registerPair = Budget(burst: 5, every: .minutes(10))
        var registerAccount = Budget(burst: 10, every: .minutes(10))
        var rename = Budget(burst: 3, every: .days(7))
        var mailAddress = Budget(burst: 3, every: .minutes(30))
        var mailClient = Budget(burst: 20, every: .minutes(3))
        /// Zero for none.
        var passwordChange = Duration.zero
    }

    struct Database: Sendable, Equatable {
        /// The path of a unix socket; when empty, host and port are used, with TLS.
        var socket = "/run/mysqld/mysqld.sock"
        var host = ""
        var port = 3306
        var name = "authfcgi"
        var user = "authfcgi"
        var password = SecretText()
        /// A file of certificates that vouch for the server; empty for the system's.
        var tlsCA = ""
        /// The account that may change the schema; used by `migrate` and `user set-password` only.
        var migratorUser = "authfcgi_migrator"
        var migratorPassword = SecretText()
    }

    struct Processes: Sendable, Equatable {
        /// Where the pools' sockets and the control socket stand: `POOL.sock`, `control.sock`.
        var runDirectory = "/run/authfcgi"
        /// Where `keyring` and `POOL.secret` stand, 0400.
        var keyDirectory = "/etc/authfcgi/keys"
        /// The group that may connect: the web server's. Empty keeps the service's own.
        var socketGroup = "www-data"
        /// Names or numbers of the users that may connect.
        var allowedUsers = ["www-data"]
        var workers: [Pool: Int] = [.check: 2, .web: 2, .login: 3, .outbound: 1, .courier: 1, .janitor: 1]

        subscript(workersIn pool: Pool) -> Int {
            get { workers[pool, default: 1] }
            set { workers[pool] = newValue }
        }
    }

    struct Log: Sendable, Equatable {
        enum Level: String, Sendable, CaseIterable {
            case debug
            case info
            case warning
            case error
        }

        var level = Level.info
    }
}

/// A secret among the settings: it is never printed.
struct SecretText: Sendable, Equatable, CustomStringConvertible {
    var secret: Secret?

    var description: String { secret == nil ? "(not set)" : "(set)" }

    static func == (left: SecretText, right: SecretText) -> Bool {
        switch (left.secret, right.secret) {
        case (nil, nil): true
        case (let left?, let right?): left.equals(right)
        default: false
        }
    }
}
