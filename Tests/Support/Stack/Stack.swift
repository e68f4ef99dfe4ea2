internal import Foundation

/// A whole private stack for tests: MariaDB, the service's supervisor, php-fpm and nginx with the shipped files.
///
/// It is started by the same functions as `script/run` and ends when this process ends, however that happens: the script
/// that watches it reads a pipe whose other end lives here.
package final class Stack: Sendable {
    package enum Scheme: String, Sendable {
        case http
        /// With a certificate that nobody vouches for: for browsers that keep Secure cookies to https.
        case https
    }

    /// Why a stack did not come up: what the script said.
    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    /// One stack for all tests over http, started when the first asks for it.
    package static let http = Result { () throws(Unavailable) in try Stack(.http, settings: Stack.roomySettings) }
    /// One stack for all tests of text browsers.
    package static let https = Result { () throws(Unavailable) in try Stack(.https, settings: Stack.roomySettings) }

    /// Cheap hashing, and budgets that a whole test run from one address does not use up.
    package static let roomySettings = """
        passwords = { cost = { iterations = 1; memory = 8192; }; };
        limits = {
            sign_in_address = { burst = 10000; }; sign_in_pair = { burst = 1000; }; sign_in_account = { burst = 1000; };
            sign_in_device = { burst = 1000; }; sign_in_network = { burst = 1000; };
            register_address = { burst = 10000; }; register_pair = { burst = 1000; }; register_account = { burst = 1000; };
            mail_client = { burst = 10000; };
        };
        forms = {
            form_origins = ["https://forms.example"]; settings_origins = ["https://settings.example"];
        };
        """

    package let origin: String
    package let port: Int
    package let directory: String
    private let input = Pipe()

    /// - Parameter environment: variables for the script, among them `mail_transport` and `registration_mode`.
    package init(_ scheme: Scheme, settings: String, environment: [String: String] = [:]) throws(Unavailable) {
        port = try Self.freePort()
        origin = "\(scheme.rawValue)://localhost:\(port)"
        directory = "/tmp/authfcgi-test-\(getpid())-\(port)"
        let script = Process()
        let output = Pipe()
        script.executableURL = URL(fileURLWithPath: Self.repository + "/script/stack")
        script.arguments = [Self.binary, directory, origin]
        script.environment = ProcessInfo.processInfo.environment.merging(environment) { _, given in given }
        script.standardInput = input
        script.standardOutput = output
        script.standardError = output
        do {
            let state = directory + "/state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try settings.write(toFile: state + "/extra.conf", atomically: true, encoding: .utf8)
            try script.start()
        } catch {
            throw Unavailable(description: "the stack could not be started: \(error)")
        }
        var said = ""
        while !said.hasSuffix("ready\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Unavailable(description: said) }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    /// Runs SQL as the root of the database; rows come as lines, columns between tabs.
    package func database(_ sql: String) throws -> String {
        try Command(
            "mariadb", "--no-defaults", "--socket=\(directory)/run/db/mariadb.sock", "--user=\(NSUserName())",
            "--batch",
            "--skip-column-names", "-e", sql
        ).output()
    }

    /// The program that this stack runs, for its commands.
    package var program: String { directory + "/run/authfcgi" }

    /// What the service has logged so far, one JSON object a line.
    package func log() throws -> [String] {
        try String(contentsOfFile: directory + "/state/log/service.log", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    /// The root of the clone, seen from this file.
    package static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The service that was built together with these tests: it stands beside the test bundle. `SERVICE_BINARY` names
    /// another one, for measurements.
    package static var binary: String {
        if let named = ProcessInfo.processInfo.environment["SERVICE_BINARY"] { return named }
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return program.appendingPathComponent("authfcgi").path
    }

    /// A port that is free now. The kernel gives numbers in turn, so that nobody else gets this one soon.
    package static func freePort() throws(Unavailable) -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard bound else { throw Unavailable(description: "no free port: errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
