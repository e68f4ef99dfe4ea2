import Crypto
import Foundation
import Testing

@testable import AuthFCGI

@Suite struct PasswordBlockFileTests {
    private func file(_ text: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "blocklist-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private func list(_ text: String) throws -> PasswordBlockFile {
        let path = try file(text)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try PasswordBlockFile(path: path)
    }

    /// SHA-1 of `password` (5baa61e4c9…) and of `abc` (a9993e3647…), between two others.
    @Test(arguments: ["0000000000\n5baa61e4c9\na9993e3647\nffffffffff\n", "5BAA61E4C9\nA9993E3647\n"])
    func `a listed hash is found and no other`(text: String) throws {
        let list = try list(text)
        #expect(try list.contains(sha1: SHA1.digest(of: Secret("password"))))
        #expect(try list.contains(sha1: SHA1.digest(of: Secret("abc"))))
        #expect(try !list.contains(sha1: SHA1.digest(of: Secret("another"))))
        #expect(try !list.contains(sha1: SHA1.digest(of: Secret(""))))
    }

    @Test func `every line of a long list is found, and nothing between`() throws {
        let hashes = (0..<1000).map { [UInt8($0 >> 8), UInt8($0 & 255)] + [UInt8](repeating: 7, count: 18) }
        let list = try list(hashes.map { Hex.encode($0) + "\n" }.joined())
        for hash in hashes {
            #expect(try list.contains(sha1: hash))
            #expect(try !list.contains(sha1: hash.dropLast() + [8]))
        }
    }

    @Test(arguments: [
        ("", "hexadecimal digits"), ("5baa61e4c\n", "hexadecimal digits"), ("5baa61e4c9", "hexadecimal digits"),
        ("password12\n", "hexadecimal digits"), ("5baa61e4c9:37\n", "hexadecimal digits"),
        ("5baa61e4c9\na9993e364706\n", "hexadecimal digits"), ("5baa61e4c9\r\n", "hexadecimal digits"),
        ("5baa61e4c9\nnotahexnum\n", "line 2"), ("a9993e3647\n5baa61e4c9\n", "order"),
        ("5baa61e4c9\n5baa61e4c9\n", "order"),
    ])
    func `a file of another form is refused at the start`(text: String, reason: String) throws {
        let problem = #expect(throws: PasswordBlockFile.Problem.self) { try list(text) }
        #expect(problem?.description.contains(reason) == true)
    }

    @Test(arguments: ["/nonexistent/list", "/tmp", "/dev/zero"])
    func `what is not a readable file is refused`(path: String) {
        #expect(throws: PasswordBlockFile.Problem.self) { try PasswordBlockFile(path: path) }
    }
}
