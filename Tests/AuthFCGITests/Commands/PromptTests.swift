import Crypto
import Foundation
import Glibc
import Testing

@testable import AuthFCGI

@Suite struct PromptTests {
    static func piped(_ text: String) throws -> (prompt: Prompt, pipe: Pipe) {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        return (Prompt(input: pipe.fileHandleForReading.fileDescriptor), pipe)
    }

    @Test func `a program's secrets are lines of standard input`() throws {
        let (prompt, pipe) = try Self.piped("first one\r\nsecond")
        #expect(try prompt.newSecret("password").reveal() == "first one")
        #expect(try prompt.secret("other").reveal() == "second")
        #expect(throws: CommandError("standard input ended before the answer")) { try prompt.secret("third") }
        withExtendedLifetime(pipe) {}
    }

    @Test func `an empty or endless answer is refused`() throws {
        let empty = try Self.piped("\n")
        #expect(throws: CommandError("password is empty")) { try empty.prompt.newSecret("password") }
        let endless = try Self.piped(String(repeating: "a", count: 1025) + "\n")
        #expect(throws: CommandError("the answer has more than 1024 bytes")) { try endless.prompt.secret("password") }
        withExtendedLifetime((empty.pipe, endless.pipe)) {}
    }

    /// A terminal of the test's own, with somebody who types both lines and what then stood on the screen.
    static func typing(_ lines: [String], ask: (Prompt) throws -> Void) throws -> String {
        var (main, terminal): (Int32, Int32) = (-1, -1)
        try #require(openpty(&main, &terminal, nil, nil, nil) == 0)
        defer {
            close(main)
            close(terminal)
        }
        let prompt = Prompt(input: terminal, questions: terminal)
        // TCSAFLUSH drops what was typed before the echo is off, so each line waits for its question.
        let hand = main
        let typist = Thread {
            for line in lines {
                usleep(100_000)
                _ = write(hand, line, line.utf8.count)
            }
        }
        typist.start()
        try ask(prompt)
        var state = termios()
        try #require(tcgetattr(terminal, &state) == 0)
        #expect(state.c_lflag & tcflag_t(ECHO) != 0)
        var screen = [UInt8](repeating: 0, count: 4096)
        let count = read(main, &screen, screen.count)
        return String(decoding: screen.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func `a person types a new secret twice, unseen`() throws {
        let screen = try Self.typing(["canary\n", "canary\n"]) { prompt in
            let secret = try prompt.newSecret("password")
            #expect(secret.reveal() == "canary")
        }
        #expect(screen.contains("password: "))
        #expect(screen.contains("password again: "))
        #expect(!screen.contains("canary"))
    }

    @Test func `two different answers change nothing`() throws {
        _ = try Self.typing(["canary\n", "canarx\n"]) { prompt in
            #expect(throws: CommandError("the two differ; nothing was changed")) {
                try prompt.newSecret("password")
            }
        }
    }

    @Test func `an interrupt ends the question at once and leaves the echo on`() throws {
        _ = try Self.typing(["can\u{3}"]) { prompt in
            #expect(throws: CommandError("interrupted; nothing was changed")) {
                try prompt.secret("password")
            }
        }
    }
}
