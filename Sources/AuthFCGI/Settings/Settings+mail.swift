internal import Domain

extension Settings {
    /// How mail leaves, and what it looks like.
    struct Mail: Sendable, Equatable {
        enum Transport: String, Sendable, CaseIterable {
            /// Nothing is sent; what is queued waits until it is too late.
            case none
            /// By a mail server.
            case smtp
            /// By the `sendmail` program of the host.
            case sendmail
            /// Into a directory.
            case maildir
        }

        struct SMTP: Sendable, Equatable {
            enum Security: String, Sendable, CaseIterable {
                case starttls
                case tls
                case none
            }

            var host = "localhost"
            var port = 587
            var security = Security.starttls
            /// Empty for a server that wants nobody to sign in.
            var user = ""
            var password = SecretText()
            /// A file of certificates that vouch for the server; empty for the system's.
            var ca = ""
        }

        var transport = Transport.none
        /// The address that mail comes from.
        var from = ""
        /// The name beside it; empty for the site's.
        var fromName = ""
        var smtp = SMTP()
        var sendmail = "/usr/sbin/sendmail"
        var maildir = "/var/lib/authfcgi/mail"
        /// A directory of templates that take the place of the program's own; empty for none.
        var templates = ""
    }

    /// Nobody could prove an address to which no mail goes.
    var registrationInUse: RegistrationMode {
        registration == .verified && mail.transport == .none ? .closed : registration
    }

    /// The processes that have something to do.
    var processesInUse: Processes {
        var processes = processes
        if mail.transport == .none { processes.workers[.courier] = 0 }
        return processes
    }
}
