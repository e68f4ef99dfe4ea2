import Foundation
import Support
import Testing

/// Runs the body while another process has locks on bytes of a file of slots, shared ones on those beyond the slots.
func whileAnotherProcess(holds bytes: [Int64], of path: String, _ body: () throws -> Void) throws {
    let script = """
        import fcntl, sys
        file = open(sys.argv[1], "r+b")
        for byte in map(int, sys.argv[2:]):
            kind = fcntl.LOCK_SH if byte >= 1 << 20 else fcntl.LOCK_EX
            fcntl.lockf(file, kind | fcntl.LOCK_NB, 1, byte)
        print("held", flush=True)
        sys.stdin.read()
        """
    let other = Process()
    other.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    other.arguments = ["-c", script, path] + bytes.map(String.init)
    let (input, output) = (Pipe(), Pipe())
    other.standardInput = input
    other.standardOutput = output
    try other.start()
    defer {
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
    }
    #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("held"))
    try body()
}
