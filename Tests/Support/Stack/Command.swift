internal import Foundation

/// A program that a test runs to its end.
package struct Command: Sendable {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    private let arguments: [String]

    package init(_ arguments: String...) {
        self.arguments = arguments
    }

    package init(_ arguments: [String]) {
        self.arguments = arguments
    }

    /// Runs it to its end. Output goes through files: a pipe that nobody reads would stop a talkative program.
    package func run(input: String = "") throws -> Result {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("authfcgi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let files = ["in", "out", "err"].map { scratch.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.start()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }

    /// What it printed; anything but success is an error.
    package func output(input: String = "") throws -> String {
        let result = try run(input: input)
        guard result.status == 0 else {
            throw Failed(description: "\(arguments.first ?? ""): status \(result.status): \(result.errors)")
        }
        return result.output
    }
}
