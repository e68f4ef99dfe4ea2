import Foundation
import Support

/// A stack of its own for tests that read its logs, change its files, or break it: its suites run one after the other.
enum WatchedStack {
    static let shared = Result { () throws in
        let stack = try Stack(.http, settings: Stack.roomySettings + "log = { level = \"debug\"; };")
        // An application that tells everything it was given.
        let dump = "<?php header('Content-Type: application/json'); echo json_encode($_SERVER);"
        try dump.write(toFile: stack.directory + "/run/www/php/hello.php", atomically: true, encoding: .utf8)
        return stack
    }
}

extension Stack {
    /// Lines of the workers' log that were written while something was done.
    func logged(_ act: () throws -> Void) throws -> [String] {
        let before = try log().count
        try act()
        return Array(try log().dropFirst(before))
    }
}
