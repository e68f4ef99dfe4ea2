internal import Glibc
package import Persistence
internal import Synchronization

/// A private MariaDB in memory. It ends when `stop` is called or the test process dies, however it dies.
package final class TestServer: Sendable {
    /// The one that all tests share which do no harm to it.
    package static let shared = TestServer()

    private let directory: String
    private let isDurable: Bool
    private let options: [String]
    private let hasOwnDisk: Bool
    private let process = Mutex<pid_t>(0)
    /// The guardian reads from this pipe until the test process is gone.
    private let lifeline: Int32

    package var socket: String { directory + "/s" }

    /// The database's root; no password, the directory is nobody else's.
    package var root: DatabaseSettings {
        DatabaseSettings(socket: socket, name: "", user: "root", password: nil)
    }

    /// - Parameters:
    ///   - isDurable: whether it keeps what was committed when it is killed, at the price of a flush for each commit.
    ///   - options: more of them; they win.
    ///   - disk: mebibytes of a file system of its own, which `fillDisk` fills; for root only.
    package init(isDurable: Bool = false, options: [String] = [], disk: Int? = nil) {
        self.isDurable = isDurable
        self.options = options
        hasOwnDisk = disk != nil
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/authfcgi-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("no scratch directory in \(parent)") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { fatalError("no pipe for the guardian") }
        lifeline = ends[1]
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        let guardian = """
            read -r nothing; kill -9 "$(cat '\(directory)/pid')" 2>/dev/null; umount -l '\(directory)/data' 2>/dev/null
            rm -rf '\(directory)'
            """
        _ = TestServer.spawn(["/usr/bin/setsid", "/bin/sh", "-c", guardian], input: ends[0])
        close(ends[0])
        if let disk {
            mkdir(directory + "/data", 0o700)
            TestServer.run(["/bin/mount", "-t", "tmpfs", "-o", "size=\(disk)m", "tmpfs", directory + "/data"])
        }
        TestServer.run(["/bin/cp", "-rT", "--sparse=never", TestServer.template, directory + "/data"])
        start()
    }

    deinit { close(lifeline) }

    /// Starts the server and waits until it answers.
    package func start() {
        let all =
            [
                "--no-defaults", "--user=root", "--datadir=\(directory)/data", "--socket=\(socket)",
                "--pid-file=\(directory)/server.pid", "--log-error=\(directory)/log", "--skip-networking",
                "--innodb-flush-log-at-trx-commit=\(isDurable ? 1 : 0)", "--innodb-buffer-pool-size=32M",
                "--max-connections=400",
                "--thread-cache-size=64", "--innodb-fast-shutdown=2",
            ] + options
        // The shell writes its own id, which the server keeps: the guardian always knows whom to end.
        let script = "echo $$ >'\(directory)/pid'; exec /usr/sbin/mariadbd \"$@\""
        process.withLock { $0 = TestServer.spawn(["/bin/sh", "-c", script, "mariadbd"] + all, input: nil) }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if (try? RootConnection(root)) != nil { return }
            usleep(10_000)
        }
        fatalError("the test server did not start: see \(directory)/log")
    }

    /// Ends the server without a warning, as a crash does.
    package func kill() {
        process.withLock { pid in
            guard pid > 0 else { return }
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            pid = 0
        }
    }

    package var processID: Int32 { process.withLock { $0 } }

    /// Ends the server in good order.
    package func stop() {
        process.withLock { pid in
            guard pid > 0 else { return }
            Glibc.kill(pid, SIGTERM)
            waitpid(pid, nil, 0)
            pid = 0
        }
    }

    /// Leaves no room on the disk of its own, until `freeDisk`.
    package func fillDisk() {
        precondition(hasOwnDisk)
        let file = open(directory + "/data/ballast", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(file) }
        let chunk = [UInt8](repeating: 0, count: 65536)
        while write(file, chunk, chunk.count) > 0 {}
        while write(file, chunk, 512) > 0 {}
    }

    package func freeDisk() { unlink(directory + "/data/ballast") }

    /// Makes the server hang until `resume`; returns when every thread of it does.
    package func suspend() {
        process.withLock { pid in
            Glibc.kill(pid, SIGSTOP)
            waitpid(pid, nil, WUNTRACED)
        }
    }

    package func resume() { process.withLock { _ = Glibc.kill($0, SIGCONT) } }

    // MARK: The data directory that every server starts from

    /// Made once for each version of the server, by whichever test process comes first.
    private static let template: String = {
        var version = stat()
        stat("/usr/sbin/mariadbd", &version)
        let path = "/tmp/authfcgi-mariadb-\(getuid())-\(version.st_mtim.tv_sec)-\(version.st_size)"
        let lock = open(path + ".lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        flock(lock, LOCK_EX)
        defer { close(lock) }
        if access(path, F_OK) == 0 { return path }
        let draft = "\(path).draft"
        run(["/bin/rm", "-rf", draft])
        run([
            "/usr/bin/mariadb-install-db", "--no-defaults", "--user=root", "--datadir=\(draft)", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M",
        ])
        rename(draft, path)
        return path
    }()

    private static func run(_ arguments: [String]) {
        var status: Int32 = 0
        waitpid(spawn(arguments, input: nil), &status, 0)
        if status != 0 { fatalError("\(arguments.joined(separator: " ")) failed") }
    }

    /// Starts a program with nothing but its arguments, its input, and silence.
    private static func spawn(_ arguments: [String], input: Int32?) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        for output in Int32(1)...2 { posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0) }
        // Nothing that the test process has open is inherited: a pipe held open by a server would never end.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var pointers = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for pointer in pointers + environment { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, arguments[0], &actions, nil, &pointers, &environment) == 0 else {
            fatalError("cannot start \(arguments[0])")
        }
        return pid
    }
}
