import Foundation
import Support
import Testing

/// Commands that ask the supervisor: they need its directory and nothing secret.
@Suite struct TopTests {
    private func run(_ own: OwnService, _ arguments: String...) throws -> Command.Result {
        // Without the variables that name the files of passwords.
        try Command([own.service.program] + arguments).run()
    }

    @Test func `who may ask the supervisor need not be able to read the settings' secrets`() throws {
        let own = try OwnService()
        try own.start()
        try own.write(settings: "no_such_setting = 1;")
        let text = try String(contentsOfFile: own.service.settings, encoding: .utf8)
        try text.replacing("database = {", with: "database = { password_file = \"/nobody/can/read/this\";")
            .write(toFile: own.service.settings, atomically: true, encoding: .utf8)
        for options in [["--config", own.service.settings], ["--run-directory", own.service.sockets]] {
            let status = try Command([own.service.program, "status"] + options).run()
            #expect(status.status == 0 && status.output.contains("generation 1"), "\(status.errors)")
            #expect(try Command([own.service.program, "scale", "web", "2"] + options).run().status == 0)
            let top = try Command([own.service.program, "top", "--once", "--interval", "0.2"] + options).run()
            #expect(top.status == 0 && top.output.contains("RESTARTS"), "\(top.errors)")
        }
        try "processes = {".write(toFile: own.service.settings, atomically: true, encoding: .utf8)
        let broken = try run(own, "status", "--config", own.service.settings)
        #expect(broken.status == 1 && broken.errors.contains("--run-directory"))
        let elsewhere = try run(own, "status", "--run-directory", "/nobody/is/here")
        #expect(elsewhere.status == 1 && elsewhere.errors.contains("cannot be reached at /nobody/is/here"))
    }

    @Test func `without a terminal top tells of one interval`() throws {
        let own = try OwnService()
        try own.start()
        let pool = try own.service.pool("web")
        for _ in 0..<5 { #expect(try pool.send("GET", "/auth/healthz").status == 200) }
        let top = try run(own, "top", "--interval", "0.3", "--run-directory", own.service.sockets)
        let words = top.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let web = try #require(words.first { $0.first == "web" })
        #expect(Array(web.prefix(5)) == ["web", "2/2", "0", "0", "0.0"])
        #expect(Array(web.suffix(3)) == ["5", "0", "0"])
        #expect(!top.output.contains("\u{1B}"))
    }

    @Test(arguments: ["q", "\u{03}"]) func `top shows how it goes on, and leaves the terminal as it was`(key: String)
        throws
    {
        let own = try OwnService()
        try own.start()
        let top = "\(own.service.program) top --interval 0.2 --run-directory \(own.service.sockets)"
        let terminal = try Terminal("sh -c '\(top); echo ended; stty -a | tr \" \" \"\\n\" | grep icanon'")
        try terminal.wait(for: "POOL WORKERS BUSY QUEUE")
        #expect(try own.service.pool("web").send("GET", "/auth/nothing").status == 404)
        try terminal.wait(for: "web 2/2")
        try terminal.press(key)
        try terminal.wait(for: "ended icanon")
        terminal.end()
    }
}
