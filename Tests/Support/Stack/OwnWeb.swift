internal import Foundation

/// nginx with the shipped files before an `OwnService`. It ends when this process ends, however that happens.
package final class OwnWeb: Sendable {
    package let port: Int
    package let origin: String
    private let directory: String
    private let input = Pipe()
    private let script: Int32

    init(before own: OwnService, directives: String) throws {
        port = try Stack.freePort()
        origin = "http://localhost:\(port)"
        directory = own.directory + "/web"
        for (link, target) in [("run/sockets", own.service.sockets), ("state/keys", own.service.keys)] {
            let path = "\(directory)/\(link)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
        let script = Process()
        let output = Pipe()
        script.executableURL = URL(fileURLWithPath: Stack.repository + "/script/web")
        script.arguments = [directory, origin, directives]
        script.standardInput = input
        script.standardOutput = output
        script.standardError = output
        try script.start()
        self.script = script.processIdentifier
        var said = ""
        while !said.hasSuffix("ready\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Stack.Unavailable(description: said) }
            said += String(decoding: more, as: UTF8.self)
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        // nginx writes there until it has ended.
        _ = eventually { !isRunning(script) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// nginx's first process: `SIGHUP` makes it reload, as `nginx -s reload` does.
    package var master: Int32 {
        get throws {
            let text = try String(contentsOfFile: directory + "/run/nginx.pid", encoding: .utf8)
            return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        }
    }

    /// What nginx has complained of.
    package func complaints() throws -> [String] {
        try String(contentsOfFile: directory + "/state/log/nginx.log", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}
