internal import ArgumentParser
internal import Crypto
internal import Domain
internal import Glibc

/// `authfcgi hash`: what `authfcgi tune` starts; not for people.
struct HashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Compute Argon2id for a while.", shouldDisplay: false)

    @Option(help: "Passes.") var iterations: Int
    @Option(help: "KiB.") var memory: Int
    @Option(help: "When to begin, in milliseconds of the monotonic clock.") var from: Int64
    @Option(help: "For how long.") var milliseconds: Int64

    /// Writes the microseconds of each computation to the descriptor that it was given.
    func run() throws {
        let results = Descriptor(adopting: 3)
        let cost = HashingCost(iterations: iterations, memory: memory)
        let (password, salt) = (Secret("a password of usual length"), PasswordHashing.salt())
        // The first one also pays for what happens only once.
        guard PasswordHashing.argon2id(password, salt: salt, cost: .test) != nil else { return }
        while Monotonic.now < from { usleep(1000) }
        repeat {
            let start = ContinuousClock.now
            guard PasswordHashing.argon2id(password, salt: salt, cost: cost) != nil else { return }
            let line = Array("\((ContinuousClock.now - start).microseconds)\n".utf8)
            guard write(results.number, line, line.count) == line.count else { return }
        } while Monotonic.now < from + milliseconds
    }
}
