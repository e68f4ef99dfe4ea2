internal import Foundation
internal import Synchronization

/// A program for people, run in a terminal of its own: a test reads its screen and presses its keys.
package final class Terminal: Sendable {
    private let process = Process()
    private let keys = Pipe()
    private let output = Mutex<[UInt8]>([])

    /// - Parameters:
    ///   - command: a line for the shell.
    ///   - environment: variables besides those of this process.
    package init(_ command: String, environment: [String: String] = [:]) throws {
        let screen = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["script", "-qefc", "stty rows 16 cols 100; exec \(command)", "/dev/null"]
        let variables = environment.merging(["TERM": "vt100", "LANG": "C.UTF-8"]) { own, _ in own }
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { _, new in new }
        process.standardInput = keys
        process.standardOutput = screen
        process.standardError = FileHandle.nullDevice
        screen.fileHandleForReading.readabilityHandler = { [self] handle in
            let bytes = handle.availableData
            if bytes.isEmpty { handle.readabilityHandler = nil }
            output.withLock { $0 += bytes }
        }
        try process.start()
    }

    package func press(_ text: String) throws { try keys.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// Waits until the program has written the text since the last call.
    ///
    /// - Parameter redraw: keys that make it draw its screen anew, pressed every half second: a program writes only what
    ///   differs from the screen before.
    package func wait(for text: String, redraw: String? = nil, seconds: Int = 15) throws {
        for turn in 0..<(seconds * 100) {
            if written.contains(text) { return output.withLock { $0 = [] } }
            if let redraw, turn % 50 == 49 { try press(redraw) }
            usleep(10_000)
        }
        throw Command.Failed(description: "the terminal never showed \"\(text)\", but: \(written.suffix(2000))")
    }

    /// What was written since then, as words: every movement of the cursor is a space.
    package var written: String {
        let text = String(decoding: output.withLock { $0 }, as: UTF8.self)
        let plain = text.replacingOccurrences(
            of: "\u{1b}(\\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78M])|[\u{0e}\u{0f}]", with: " ",
            options: .regularExpression)
        return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    package func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
