internal import CCurl
internal import Crypto
internal import Domain
internal import Glibc
internal import Persistence

/// Something that `authfcgi check` found.
struct Finding: Equatable {
    enum Severity: String {
        case error
        case warning
    }

    let severity: Severity
    /// `libraries`, `settings`, `keys`, `processes`, `accounts`, `mail`, `database`
    let subject: String
    let message: String

    init(_ severity: Severity, _ subject: String, _ message: String) {
        self.severity = severity
        self.subject = subject
        self.message = message
    }
}

/// Looks at the machine with settings that are right in themselves. It changes nothing.
struct Examination {
    let settings: Settings
    /// Whether a database that does not answer is an error. It is not when the service starts or reloads: the machines
    /// may come up in any order, and the workers ask again by themselves.
    var awaitsDatabase = true

    var libraries = LinkedLibrary.crypto + [.mariaDB]

    var findings: [Finding] { outdated + keys + runDirectory + peers + files + ledger + mail + database }

    /// What the package's dependencies promise, as the loader found it.
    private var outdated: [Finding] {
        libraries.filter(\.isTooOld).map { library in
            Finding(
                .error, "libraries",
                "\(library.name) is \(library.running), this program was built with \(library.built): "
                    + "bring the host's packages up to date")
        }
    }

    private var keys: [Finding] {
        let directory = KeyDirectory(settings.processes.keyDirectory)
        var findings: [Finding] = []
        do throws(PrivateFile.Problem) {
            _ = try directory.keyring()
        } catch {
            findings.append(Finding(.error, "keys", error.description))
        }
        for pool in Pool.serving {
            do throws(PrivateFile.Problem) {
                _ = try directory.secret(of: pool)
            } catch {
                findings.append(Finding(.error, "keys", error.description))
            }
        }
        return findings
    }

    /// The supervisor makes the directory itself where it may; here only what it could not mend.
    private var runDirectory: [Finding] {
        let path = settings.processes.runDirectory
        var status = stat()
        guard stat(path, &status) == 0 else {
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            return access(parent.isEmpty ? "/" : parent, W_OK) == 0
                ? [] : [Finding(.error, "processes", "\(path) is not there and cannot be made; create it")]
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [Finding(.error, "processes", "\(path) is not a directory")]
        }
        if status.st_mode & 0o002 != 0 {
            return [Finding(.error, "processes", "\(path) can be written by everybody; do `chmod 0755 \(path)`")]
        }
        return access(path, W_OK) == 0 ? [] : [Finding(.error, "processes", "\(path) cannot be written")]
    }

    private var peers: [Finding] {
        let processes = settings.processes
        var findings: [Finding] = []
        if !processes.socketGroup.isEmpty, getgrnam(processes.socketGroup) == nil {
            findings.append(
                Finding(.error, "processes", "processes.socket_group: there is no group `\(processes.socketGroup)`"))
        }
        for name in processes.allowedUsers {
            guard let user = Peers.user(name) else {
                findings.append(Finding(.error, "processes", "processes.allowed_users: there is no user `\(name)`"))
                continue
            }
            let programs = ProcessTable.programs(of: user).subtracting(["nginx", "authfcgi"])
            if !programs.isEmpty {
                findings.append(
                    Finding(
                        .warning, "processes",
                        "other programs run as `\(name)` and may connect to the sockets: "
                            + programs.sorted().joined(separator: ", ") + "; only the pools' secrets keep them out"))
            }
        }
        return findings
    }

    private var files: [Finding] {
        [("passwords.block_list_file", settings.passwords.blockListFile), ("database.tls_ca", settings.database.tlsCA)]
            .filter { !$0.1.isEmpty && access($0.1, R_OK) != 0 }
            .map { Finding(.error, "settings", "\($0.0): \($0.1) cannot be read") }
    }

    /// Everything else works without it.
    private var ledger: [Finding] {
        ErasureLedgerFile.problem(at: settings.accounts.erasureLedger).map { [Finding(.warning, "accounts", $0)] } ?? []
    }

    /// Whether what mail needs is there; whether it arrives tells `authfcgi mail test`.
    private var mail: [Finding] {
        let mail = settings.mail
        switch mail.transport {
        case .none: return mailless
        case .smtp:
            return curl_load().map {
                [
                    Finding(
                        .error, "mail",
                        "libcurl cannot be loaded: \(String(cString: $0)); install the package libcurl4")
                ]
            } ?? []
        case .sendmail:
            return access(mail.sendmail, X_OK) == 0
                ? [] : [Finding(.error, "mail", "mail.sendmail: \(mail.sendmail) cannot be run; install a mail server")]
        case .maildir:
            let parent = mail.maildir.lastIndex(of: "/").map { String(mail.maildir[..<$0]) } ?? ""
            return access(mail.maildir, W_OK) == 0 || access(parent.isEmpty ? "/" : parent, W_OK) == 0
                ? [] : [Finding(.error, "mail", "mail.maildir: \(mail.maildir) cannot be written")]
        }
    }

    /// What cannot work where no mail leaves.
    private var mailless: [Finding] {
        var findings = [
            Finding(
                .warning, "mail",
                "nobody can set a forgotten password, prove or change an address, or is told of a strange sign-in: "
                    + "mail.transport is `none`; set it")
        ]
        if settings.registration == .verified {
            findings.append(
                Finding(
                    .warning, "mail",
                    "nobody can register: registration is `verified` and mail.transport is `none`; "
                        + "set mail.transport, or registration to `open` or `closed`"))
        }
        if settings.accounts.requireVerified {
            findings.append(
                Finding(
                    .warning, "mail",
                    "nobody can prove an address: accounts.require_verified is set and mail.transport is `none`; "
                        + "set mail.transport"))
        }
        return findings
    }

    /// As the application's account sees it.
    private var database: [Finding] {
        switch DatabaseCondition(of: DatabaseSettings(settings.database)) {
        case .ready: []
        case .unreachable(let reason):
            [
                Finding(
                    awaitsDatabase ? .error : .warning, "database",
                    "it does not answer: \(reason); start it, or correct `database` in the settings")
            ]
        case .unfit(let advice): [Finding(.error, "database", advice)]
        }
    }
}

/// What runs on this machine.
enum ProcessTable {
    /// The names of the programs that run under a user's number, as the kernel shortens them.
    static func programs(of user: uid_t) -> Set<String> {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard Int32(name) != nil, stat("/proc/\(name)", &status) == 0, status.st_uid == user else { continue }
            guard let stream = fopen("/proc/\(name)/comm", "re") else { continue }
            defer { fclose(stream) }
            var line = [UInt8](repeating: 0, count: 64)
            let count = fread(&line, 1, line.count, stream)
            names.insert(Output.printable(String(decoding: line.prefix(count).filter { $0 != 0x0A }, as: UTF8.self)))
        }
        return names
    }
}
