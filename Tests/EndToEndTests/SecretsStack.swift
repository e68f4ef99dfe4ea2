import Foundation
import Support

/// The stack whose database the tests of secrets read as its root.
enum Secrets {
    static let stack = Result { () throws -> Stack in
        let stack = try Stack(.http, settings: Stack.roomySettings + "log = { level = \"debug\"; };")
        try stack.admitTests()
        return stack
    }

    /// The client as the application's account: its exit status and what it said.
    static func asApplication(_ sql: String) throws -> Command.Result {
        let stack = try stack.get()
        let password = try String(contentsOfFile: stack.directory + "/state/secrets/database", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        return try Command(
            "MYSQL_PWD=\(password)", "mariadb", "--no-defaults", "--socket=\(stack.directory)/run/db/mariadb.sock",
            "--user=authfcgi", "--batch", "--skip-column-names", "authfcgi", "-e", sql
        ).run()
    }

    /// Every row of every table, bytes in hexadecimal.
    static func dump() throws -> String {
        let stack = try stack.get()
        let tables = try stack.database("SHOW TABLES FROM authfcgi").split(separator: "\n")
        return try Command(
            "mariadb", "--no-defaults", "--socket=\(stack.directory)/run/db/mariadb.sock", "--user=\(NSUserName())",
            "--binary-as-hex", "--batch", "-e", tables.map { "SELECT * FROM authfcgi.\($0);" }.joined()
        ).output()
    }

    static func hex(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
